import swagger from '@fastify/swagger'
import test from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { api, openapiOptions } from '../src/index.ts'
import { get, serve, serveInstead } from './server.ts'

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

test('facts narrow it too: text, numbers, flags, what a list holds, what is unknown; up to 50 of them', async (t) => {
  const app = await serve(t)
  const fifty = Array.from({ length: 50 }, (_, index) => `facts.many.x${index}=1`).join('&')
  t.is((await app.inject(`/api/machines?${fifty}`)).statusCode, 200)
  t.is((await app.inject(`/api/machines?${fifty}&facts.many.y=1`)).statusCode, 400)
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`k${index}`, index]))
  await app.machines.save(sampleReport({ hostname: 'p', facts: { os: { arch: 'x64', cores: 8, laptop: true, tags: ['lab', '5'], deep: { er: 'é=&' } }, many } }))
  await app.machines.save(sampleReport({ hostname: 'q', facts: { os: { arch: 'arm64', cores: 8, laptop: false, tags: [] } } }))
  await app.machines.save(sampleReport({ hostname: 'y', facts: {} }))
  const thirty = Object.entries(many).map(([key, value]) => `facts.many.${key}=${value}`)
  for (const [query, expected] of [
    ['facts.os.arch=x64', 'p'], ['facts.os.arch=X64', ''], ['facts.os.cores=8', 'pq'], ['facts.os.cores=08', ''], ['facts.os.laptop=false', 'q'], ['facts.os.tags=lab', 'p'],
    ['facts.os.tags=5', 'p'], [`facts.os.deep.er=${encodeURIComponent('é=&')}`, 'p'], ['facts.os.arch=', 'y'], ['facts.gpu.model=', 'pqy'], ['facts.gpu.model=x', ''],
    ['facts.os.cores=8&facts.os.laptop=false', 'q'], ['facts.os.cores=8&q=p', 'p'], [thirty.join('&'), 'p'], [[...thirty, 'facts.os.arch=arm64'].join('&'), '']
  ] as const) {
    for (const page of ['', '&limit=10', '&sort=ip', '&include=facts']) {
      const { items, count } = await get(app, `/api/machines?${query}${page}`)
      t.is(items.map(({ hostname }: { hostname: string }) => hostname).sort().join(''), expected, query + page)
      t.is(count, expected.length, query + page)
    }
  }
  const answers = await Promise.all(thirty.map(async (query) => await get(app, `/api/machines?limit=10&${query}`)))
  t.deepEqual(answers.map(({ count }) => count), thirty.map(() => 1), 'at once')
})

test('what fails, is double, new or within a range is found, in the CSV too, and a fact sorts', async (t) => {
  const app = await serve(t)
  const failures = [{ collector: 'gpu', code: 'X', message: 'y', ms: 1 }]
  await app.machines.save({ ...sampleReport({ hostname: 'p', memory_total_mb: 1024, failures, facts: { os: { cores: 8 } } }), computer_activation: new Date(Date.now() - 400 * 86_400_000) })
  await app.machines.save(sampleReport({ hostname: 'q', memory_total_mb: 2048, facts: { os: { cores: 16 } } }))
  await app.machines.save(sampleReport({ hostname: 'y', memory_total_mb: null, facts: {} }))
  for (const [query, expected] of [
    ['failing=gpu', 'p'], ['failing=', 'p'], ['failing=disk', ''], ['duplicate=true', ''], ['duplicate=false', 'pqy'], ['created_since=2020-01-01', 'pqy'], ['created_before=01/01/2020', ''],
    ['created_since=2999-01-01T00:00:00Z', ''], ['min.memory_total_mb=1025', 'q'], ['below.memory_total_mb=2048', 'p'], ['min.memory_total_mb=1024&below.memory_total_mb=2.5e3', 'pq'],
    ['unknown=memory_total_mb', 'y'], ['unknown=facts.os.cores,memory_total_mb', 'y'], ['min.age=12', 'p'], ['min.age=12&below.age=13', ''], ['unknown=age', 'qy'],
    ['not.os=["linux"]', ''], ['not.os=["windows","Linux"]', 'pqy'], ['not.facts.os.cores=["8"]', 'qy'], ['not.facts.os.cores=["8",""]', 'q'],
    ['min.facts.os.cores=9', 'q'], ['below.facts.os.cores=9', 'p'], ['sort=facts.os.cores&dir=desc', 'qpy'], ['sort=facts.os.cores', 'pqy']
  ] as const) {
    const { items, count } = await get(app, `/api/machines?limit=10&${query}`)
    t.is(items.map(({ hostname }: { hostname: string }) => hostname).join(''), expected, query)
    t.is(count, expected.length, query)
    const csv = await app.inject(`/api/machines.csv?fields=hostname&${query}`)
    t.is(csv.body.split('\r\n').slice(1).join(''), expected, query)
  }
  const { items: [first], next_cursor: next } = await get(app, '/api/machines?limit=1&sort=facts.os.cores')
  const { items: [second] } = await get(app, `/api/machines?limit=1&sort=facts.os.cores&cursor=${next}`)
  t.deepEqual([first.hostname, second.hostname], ['p', 'q'])
})

test('a cursor without a limit goes on with a page of at most 1000', async (t) => {
  const app = await serve(t)
  await Promise.all(Array.from({ length: 1013 }, async (_, index) => await app.machines.save(sampleReport({ hostname: `m-${String(index).padStart(4, '0')}` }))))
  const first = await get(app, '/api/machines?limit=10')
  const second = await get(app, `/api/machines?cursor=${first.next_cursor}`)
  t.deepEqual([second.items.length, second.items[0].hostname, second.count], [1000, 'm-0010', 1013])
  const third = await get(app, `/api/machines?cursor=${second.next_cursor}`)
  t.deepEqual([third.items.length, third.next_cursor], [3, undefined])
})

test('a machine whose clock is off by more than 5 minutes says how far, and no other does', async (t) => {
  const app = await serve(t)
  const offsets = { ahead: 86_400, behind: -86_400, right: 0, almost: 200 }
  for (const [hostname, seconds] of Object.entries(offsets)) await app.machines.save(sampleReport({ hostname, timestamp: new Date(Date.now() + seconds * 1000).toISOString() }))
  await app.machines.save(sampleReport({ hostname: 'silent', timestamp: undefined as never }))
  for (const query of ['', '?limit=10']) {
    const told = new Map<string, number>((await get(app, `/api/machines${query}`)).items.map(({ hostname, clock_offset_s }: any) => [hostname, clock_offset_s]))
    t.deepEqual([...told].filter(([, offset]) => offset !== undefined).map(([hostname]) => hostname), ['ahead', 'behind'])
    t.true(Math.abs(told.get('ahead')! - 86_400) < 3600 && Math.abs(told.get('behind')! + 86_400) < 3600, JSON.stringify([...told]))
  }
  const { machine_id } = sampleReport({ hostname: 'behind' })
  t.true((await get(app, `/api/machines/${machine_id}`)).clock_offset_s < -80_000)
})

test('a query that can’t be understood is refused with 400 and the parameter’s name', async (t) => {
  const app = await serve(t)
  for (const [query, path] of [
    ['limit=0', '/limit'], ['limit=1001', '/limit'], ['limit=abc', '/limit'], ['limit=1.5', '/limit'], ['limit=true', '/limit'], ['limit=', '/limit'], ['limit=0x10', '/limit'],
    ['limit=1&limit=1', '/limit'], ['sort=password', '/sort'], ['dir=up', '/dir'], ['status=dead', '/status'], ['include=secrets', '/include'], ['cursor=abc', '/cursor'],
    ['cursor=W10', '/cursor'], ['cursor=', '/cursor'], ['limt=5', '/limt'], ['q=a&q=b', '/q'], ['__proto__=1', '/__proto__'],
    ['facts=x64', '/facts'], ['facts.os=x64', '/facts.os'], ['facts.os.=x64', '/facts.os.'], ['facts..arch=x64', '/facts..arch'], ['facts.OS.arch=x64', '/facts.OS.arch'],
    ['sort=facts.os', '/sort'], ['sort=facts', '/sort'], ['failing=GPU', '/failing'], ['duplicate=yes', '/duplicate'], ['created_since=yesterday', '/created_since'], ['created_before=', '/created_before'],
    ['min.age=x', '/min.age'], ['min.age=', '/min.age'], ['below.age=1e999', '/below.age'], ['min.hostname=1', '/min.hostname'], ['min=1', '/min'], ['min.facts.os=1', '/min.facts.os'],
    ['not.os=linux', '/not.os'], ['not.os=[]', '/not.os'], ['not.os=[1]', '/not.os'], ['not.os={"a":"b"}', '/not.os'], ['not.hostname=["a"]', '/not.hostname'], ['not=["a"]', '/not'], ['except=1', '/except'],
    [`not.os=[${Array(101).fill('"a"').join()}]`, '/not.os'], ['unknown=age,hostname', '/unknown'], ['ranges=1', '/ranges'], ['max.age=1', '/max.age'],
    ['facts.os..arch=x64', '/facts.os..arch'], ['facts.o%2Fs.arch=x64', '/facts.o~1s.arch'], ['facts.os.arch=x64&facts.os.arch=arm64', '/facts.os.arch']
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
  for (const id of ['nobody', 'f'.repeat(64), 'f'.repeat(65), '%00', '%F0%9F%92%BE', `${report.machine_id}%20`]) {
    t.like(await get(app, `/api/machines/${id}`), { statusCode: 404, code: 'TATUSCAN_NOT_FOUND' }, id)
  }
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

test('PATCH says of each field what it must be, in a few words', async (t) => {
  const app = await serve(t)
  const report = sampleReport()
  await app.machines.save(report)
  for (const [payload, path, message] of [
    [{ computer_model: 5 }, '/computer_model', 'must be either string or null'],
    [{ computer_model: 'x'.repeat(101) }, '/computer_model', 'must not have more than 100 characters'],
    [{ computer_model: '💻'.repeat(101) }, '/computer_model', 'must not have more than 100 characters'],
    [{ computer_activation: true }, '/computer_activation', 'must be either string or number or null'],
    [{ computer_activation: '31/02/2020' }, '/computer_activation', 'must be a date: ISO 8601, YYYY-MM-DD, DD/MM/YYYY or seconds since 1970'],
    [{ computer_activation: 1e300 }, '/computer_activation', 'must be a date: ISO 8601, YYYY-MM-DD, DD/MM/YYYY or seconds since 1970'],
    [{ activation_days: 1.5 }, '/activation_days', 'must be either integer or null'],
    [{ activation_days: 2 ** 31 }, '/activation_days', 'must be <= 2147483647'],
    [{}, '', 'must set computer_model, computer_activation or activation_days'],
    [[], '', 'must be object'],
    ['null', '', 'must be object']
  ] as const) {
    const answer = await app.inject({ method: 'PATCH', url: `/api/machines/${report.machine_id}`, payload: payload as object, headers: { 'content-type': 'application/json' } })
    t.is(answer.statusCode, 400)
    t.deepEqual(answer.json().details, [{ path, message }])
    t.is(answer.json().error, `the request is not valid: ${path} ${message}`.replace(':  ', ': '))
  }
  const model = '💻'.repeat(100)
  t.is((await app.inject({ method: 'PATCH', url: `/api/machines/${report.machine_id}`, payload: { computer_model: model } })).statusCode, 200)
  t.is((await get(app, `/api/machines/${report.machine_id}`)).computer_model, model)
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

test('HEAD is answered as GET is, without a body', async (t) => {
  const app = await serve(t)
  const report = sampleReport()
  await app.machines.save(report)
  for (const url of [
    '/api/machines', '/api/machines?limit=1', '/api/machines?limit=0', '/api/machines.csv', '/api/machines.csv?fields=x', `/api/machines/${report.machine_id}`, '/api/machines/nobody',
    '/api/collectors', '/api/health', '/openapi.json'
  ]) {
    const [getAnswer, head] = [await app.inject(url), await app.inject({ method: 'HEAD', url })]
    t.deepEqual([head.statusCode, head.headers['content-type'], head.body], [getAnswer.statusCode, getAnswer.headers['content-type'], ''], url)
    t.true(head.headers['content-length'] === undefined || head.headers['content-length'] === String(getAnswer.rawPayload.length), url)
  }
})

test('the API is registered once at one place, and as often as is wanted at others', async (t) => {
  const twice = await serve(t)
  await t.throwsAsync(async () => await twice.register(api), { code: 'TATUSCAN_INVALID_OPTION', message: /register it once, or under another prefix/ })
  const app = await serve(t)
  await app.register(api, { prefix: '/fleet' })
  t.is((await app.inject('/fleet/api/machines')).statusCode, 200)
})

test('OpenAPI describes every route, and /docs serves a page to try it, under a prefix too', async (t) => {
  for (const prefix of ['', '/fleet']) {
    const app = await serve(t, { prefix })
    const { openapi, paths } = await get(app, `${prefix}/openapi.json`)
    t.is(openapi, '3.1.0')
    t.deepEqual(Object.keys(paths).sort(), ['/api/collectors', '/api/health', '/api/inventory', '/api/machines', '/api/machines.csv', '/api/machines/{id}'].map((path) => prefix + path))
    t.deepEqual(Object.keys(paths[`${prefix}/api/machines/{id}`]).sort(), ['delete', 'get', 'patch'])
    const page = await app.inject(`${prefix}/docs/`)
    t.is(page.statusCode, 200)
    t.regex(page.headers['content-type'] as string, /html/)
    for (const address of [`${prefix}/docs`, `${prefix}/docs/`]) {
      const { body } = await app.inject(address)
      const parts = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => new URL(path!, `http://localhost${address}`).pathname)
      t.true(parts.length > 4)
      for (const part of parts) t.is((await app.inject(part)).statusCode, 200, `${part} of ${address}`)
    }
  }
})

test('what a host’s own parser of queries makes an object of is refused, not left out', async (t) => {
  for (const name of ['os.arch', 'facts.os.arch']) {
    const app = await serveInstead(t, {}, { routerOptions: { querystringParser: () => ({ facts: { [name]: 'x64' } }) } })
    for (const url of ['/api/machines', '/api/machines.csv']) {
      const { statusCode, details } = await get(app, `${url}?facts[${name}]=x64`)
      t.is(statusCode, 400)
      t.regex(details[0].path, /^\/facts/)
    }
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
