import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import swagger from '@fastify/swagger'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance } from 'fastify'
import { sampleReport } from '@tatuscan/core/testing'
import { storage } from '@tatuscan/server-storage'
import { api, openapiOptions } from '../src/index.ts'

async function serve (t: ExecutionContext, options = {}, before: (app: FastifyInstance) => Promise<unknown> = async () => {}): Promise<FastifyInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-api-'))
  const app = Fastify()
  await before(app)
  await app.register(storage, { url: `sqlite:${join(folder, 'test.db')}` })
  await app.register(api, options)
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  return app
}

async function get (app: FastifyInstance, url: string): Promise<any> {
  const answer = await app.inject(url)
  return { statusCode: answer.statusCode, ...answer.json() }
}

test('with no query the listing holds every machine, by hostname, and says how many', async (t) => {
  const app = await serve(t)
  for (const hostname of ['b', 'C', 'a']) await app.machines.save(sampleReport({ hostname }))
  for (const url of ['/api/machines', '/api/inventory']) {
    const { statusCode, items, count } = await get(app, url)
    t.is(statusCode, 200)
    t.deepEqual(items.map(({ hostname }: { hostname: string }) => hostname), ['C', 'a', 'b'], 'by code point')
    t.is(count, 3)
  }
})

test('an empty inventory is an empty listing', async (t) => {
  const app = await serve(t)
  t.deepEqual((await app.inject('/api/machines')).json(), { items: [], count: 0 })
})

test('an item has exactly the fields that the design names; facts only where asked for', async (t) => {
  const app = await serve(t)
  await app.machines.save(sampleReport())
  const fields = [
    'activation_days', 'agent_version', 'computer_activation', 'computer_model', 'cpu_percent', 'created_at', 'hostname', 'ip', 'last_seen', 'machine_id',
    'memory_total_mb', 'memory_used_mb', 'os', 'os_version', 'status', 'updated_at'
  ]
  for (const url of ['/api/machines', '/api/machines?limit=1']) t.deepEqual(Object.keys((await get(app, url)).items[0]).sort(), fields)
  for (const url of ['/api/machines?include=facts', '/api/machines?include=failures,facts&limit=5']) {
    t.deepEqual((await get(app, url)).items[0].facts, { sample: { answer: 42 } })
  }
})

test('the unlimited listing goes on beyond a page of the store', async (t) => {
  const app = await serve(t)
  await Promise.all(Array.from({ length: 2345 }, async (_, index) => await app.machines.save(sampleReport({ hostname: `m-${index}` }))))
  const { items, count } = await get(app, '/api/machines')
  t.is(count, 2345)
  t.is(new Set(items.map(({ machine_id }: { machine_id: string }) => machine_id)).size, 2345)
})

test('pages by cursor hold every machine once, under every sort and direction, unknown last', async (t) => {
  const app = await serve(t)
  for (let index = 0; index < 23; index++) {
    await app.machines.save(sampleReport({ hostname: `m-${index % 5}-${index}`, ip: index % 3 === 0 ? null : `10.0.0.${index % 4}`, cpu_percent: index % 4 === 0 ? null : index % 3 }))
  }
  for (const sort of ['hostname', 'ip', 'cpu_percent', 'created_at', 'computer_model', 'machine_id']) {
    for (const dir of ['asc', 'desc']) {
      const seen: any[] = []
      let cursor: string | undefined
      do {
        const page = await get(app, `/api/machines?limit=4&sort=${sort}&dir=${dir}${cursor === undefined ? '' : `&cursor=${cursor}`}`)
        t.is(page.count, 23)
        seen.push(...page.items)
        cursor = page.next_cursor
      } while (cursor !== undefined)
      t.is(new Set(seen.map(({ machine_id }) => machine_id)).size, 23, `${sort} ${dir}`)
      const values = seen.map((item) => item[sort])
      const known = values.filter((value) => value !== null)
      t.deepEqual(values.slice(0, known.length), known, `${sort} ${dir}: unknown last`)
      const sorted = [...known].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      t.deepEqual(known, dir === 'asc' ? sorted : sorted.reverse(), `${sort} ${dir}`)
    }
  }
})

test('filters narrow the listing and its count', async (t) => {
  const app = await serve(t)
  await app.machines.save(sampleReport({ hostname: 'Web-1', os: 'linux', os_version: 'Debian 12', ip: '10.0.0.1' }))
  await app.machines.save(sampleReport({ hostname: 'web-2', os: 'windows', os_version: 'Windows 11', ip: '10.0.0.2' }))
  await app.machines.save(sampleReport({ hostname: '100%_sure', os: 'linux', os_version: null, ip: null }))
  for (const [query, expected] of [
    ['q=WEB', ['Web-1', 'web-2']], ['q=10.0.0.2', ['web-2']], ['q=%25_', ['100%_sure']], ['q=nothing', []],
    ['os=linux', ['100%_sure', 'Web-1']], ['os_version=Windows%2011', ['web-2']], ['os_version=', ['100%_sure']],
    ['status=online', ['100%_sure', 'Web-1', 'web-2']], ['status=lost', []], ['os=linux&q=web', ['Web-1']]
  ] as const) {
    const { items, count } = await get(app, `/api/machines?${query}`)
    t.deepEqual(items.map(({ hostname }: { hostname: string }) => hostname), [...expected], query)
    t.is(count, expected.length, query)
  }
})

test('a query that can’t be understood is refused with 400 and the parameter’s name', async (t) => {
  const app = await serve(t)
  for (const [query, path] of [
    ['limit=0', '/limit'], ['limit=1001', '/limit'], ['limit=abc', '/limit'], ['limit=1.5', '/limit'], ['sort=password', '/sort'], ['dir=up', '/dir'],
    ['status=dead', '/status'], ['include=secrets', '/include'], ['cursor=abc', '/cursor'], ['cursor=W10', '/cursor'], ['limt=5', '/limt'], ['q=a&q=b', '/q']
  ] as const) {
    const { statusCode, code, details } = await get(app, `/api/machines?${query}`)
    t.is(statusCode, 400, query)
    t.is(code, 'TATUSCAN_INVALID_REQUEST', query)
    t.true(details.some((detail: { path: string }) => detail.path === path), `${query}: ${JSON.stringify(details)}`)
  }
})

test('one machine shows its facts and failures; an unknown one is 404', async (t) => {
  const app = await serve(t)
  const report = sampleReport({ failures: [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 }] })
  await app.machines.save(report)
  const machine = await get(app, `/api/machines/${report.machine_id.toUpperCase()}`)
  t.like(machine, { statusCode: 200, hostname: report.hostname, facts: report.facts, failures: report.failures })
  t.like(await get(app, '/api/machines/nobody'), { statusCode: 404, code: 'TATUSCAN_NOT_FOUND' })
})

test('PATCH sets model and activation, moves updated_at and not last_seen', async (t) => {
  const app = await serve(t)
  const report = sampleReport()
  await app.machines.save(report)
  const url = `/api/machines/${report.machine_id}`
  const before = await get(app, url)
  const changes = { computer_model: 'OptiPlex 7090', computer_activation: '03/02/2024', activation_days: 120 }
  const answer = await app.inject({ method: 'PATCH', url, payload: changes })
  t.is(answer.statusCode, 200)
  t.deepEqual(Object.keys(answer.json()), ['message'])
  const after = await get(app, url)
  t.like(after, { computer_model: 'OptiPlex 7090', computer_activation: '2024-02-03T00:00:00.000-04:00', activation_days: 120, last_seen: before.last_seen })
  t.truthy(after.updated_at)
  t.is((await app.inject({ method: 'PATCH', url, payload: { computer_model: null, computer_activation: '' } })).statusCode, 200)
  t.like(await get(app, url), { computer_model: null, computer_activation: null, activation_days: 120 })
})

test('PATCH refuses what is no change, and changes nothing', async (t) => {
  const app = await serve(t)
  const report = sampleReport()
  await app.machines.save(report)
  const url = `/api/machines/${report.machine_id}`
  for (const payload of [{}, { hostname: 'other' }, { computer_activation: 'yesterday' }, { computer_model: 5 }, { activation_days: 1.5 }]) {
    t.is((await app.inject({ method: 'PATCH', url, payload })).statusCode, 400, JSON.stringify(payload))
  }
  t.like(await get(app, url), { hostname: report.hostname, updated_at: null })
  t.is((await app.inject({ method: 'PATCH', url: '/api/machines/nobody', payload: { computer_model: 'x' } })).statusCode, 404)
})

test('DELETE forgets a machine with its facts, once', async (t) => {
  const app = await serve(t)
  const report = sampleReport()
  await app.machines.save(report)
  const request = { method: 'DELETE', url: `/api/machines/${report.machine_id}`, headers: { 'content-type': 'application/json' } } as const
  t.is((await app.inject(request)).statusCode, 200)
  t.is((await app.inject(request)).statusCode, 404)
  t.is((await get(app, '/api/machines')).count, 0)
  const { timestamp: _, facts: _facts, failures: _failures, schemas: _schemas, ...nine } = report
  await app.machines.save(nine)
  t.deepEqual((await app.machines.find(report.machine_id))!.facts, {}, 'no facts of its former life')
})

test('GET /api/collectors tells the schemas that agents sent', async (t) => {
  const app = await serve(t)
  t.deepEqual((await app.inject('/api/collectors')).json(), { items: [], count: 0 })
  const report = sampleReport()
  await app.machines.save(report)
  t.like((await get(app, '/api/collectors')).items[0], { name: 'sample', schema: report.schemas.sample })
})

test('health says healthy, and unhealthy once the database is gone', async (t) => {
  const app = await serve(t)
  t.deepEqual((await app.inject('/api/health')).json(), { status: 'healthy' })
  app.machines.ping = async () => { throw new Error('gone') }
  const { statusCode, body } = await app.inject('/api/health')
  t.is(statusCode, 500)
  t.deepEqual(JSON.parse(body), { status: 'unhealthy' })
})

test('OpenAPI describes every route, and /docs serves a page to try it, under a prefix too', async (t) => {
  for (const prefix of ['', '/fleet']) {
    const app = await serve(t, { prefix })
    const { openapi, paths } = await get(app, `${prefix}/openapi.json`)
    t.is(openapi, '3.1.0')
    t.deepEqual(Object.keys(paths).sort(), ['/api/collectors', '/api/health', '/api/inventory', '/api/machines', '/api/machines/{id}'].map((path) => prefix + path))
    t.deepEqual(Object.keys(paths[`${prefix}/api/machines/{id}`]).sort(), ['delete', 'get', 'patch'])
    const page = await app.inject(`${prefix}/docs/`)
    t.is(page.statusCode, 200)
    t.regex(page.headers['content-type'] as string, /html/)
    t.is((await app.inject(`${prefix}/docs/static/swagger-ui-bundle.js`)).statusCode, 200)
  }
})

test('a host’s own serializers have no say over its answers', async (t) => {
  const app = await serve(t, {}, async (host) => {
    host.setSerializerCompiler(() => { throw new Error('not a schema of mine') })
    host.setReplySerializer((payload) => JSON.stringify({ host: payload }))
  })
  for (const url of ['/api/machines', '/api/machines?limit=5']) t.deepEqual((await app.inject(url)).json(), { items: [], count: 0 })
  t.deepEqual(Object.keys((await app.inject('/api/machines?limit=0')).json()), ['error', 'code', 'details'])
})

test('a host’s own OpenAPI document gains these routes', async (t) => {
  const app = await serve(t, {}, async (app) => {
    await app.register(swagger, openapiOptions)
    app.get('/own', { schema: { summary: 'The host’s own' } }, async () => 'own')
  })
  const { paths } = await get(app, '/openapi.json')
  t.true('/own' in paths && '/api/machines' in paths)
})
