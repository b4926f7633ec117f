import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import swagger from '@fastify/swagger'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020, type AnySchemaObject as Schema } from 'ajv/dist/2020.js'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { limits, TatuScanError, type MachineStore } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { api, openapiOptions } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { limits as limiting, type LimitsOptions } from '@tatuscan/server-limits'
import { metrics } from '@tatuscan/server-metrics'
import { createServer } from '../src/server.ts'

interface Operation {
  readonly parameters?: readonly { readonly name: string, readonly in: string }[]
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: Schema }>, readonly headers?: Record<string, { readonly schema: Schema }> }>
}

interface Document { readonly paths: Record<string, Record<string, Operation>> }

/** A request, by the operation that it is one of: `get /api/machines/{id}`. */
type Asked = readonly [operation: string, request: InjectOptions]

async function openServer (t: ExecutionContext): Promise<FastifyInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-openapi-'))
  const settings = { host: '127.0.0.1', port: 0, databaseUrl: `sqlite:${join(folder, 'test.db')}`, timeZone: 'America/Cuiaba', plugins: [] }
  const app = await createServer(settings, pino({ level: 'silent' }))
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  return app
}

/** A host that brings a store of its own, and registers @fastify/swagger first. */
async function openHost (t: ExecutionContext, machines: MachineStore, options: LimitsOptions = {}): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify()
  await app.register(swagger, openapiOptions)
  app.decorate('machines', machines)
  await app.register(limiting, options)
  await app.register(metrics)
  await app.register(ingest)
  await app.register(api)
  t.teardown(async () => await app.close())
  return app
}

function storeThat (fail: () => never): MachineStore {
  const method = async () => fail()
  const stream = () => ({ [Symbol.asyncIterator]: () => ({ next: method }) })
  return { save: method, find: method, list: method, stream, update: method, remove: method, summary: method, tally: method, collectors: method, ping: method }
}

async function documentOf (app: FastifyInstance): Promise<Document> {
  return (await app.inject('/openapi.json')).json()
}

const json = { 'content-type': 'application/json' }
const report = sampleReport({ hostname: 'known', failures: [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_FAILED', message: 'none', ms: 3 }] })
const wrongClock = sampleReport({ hostname: 'wrong clock', timestamp: '2001-01-01T00:00:00Z', ip: null, os_version: null, cpu_percent: null, memory_total_mb: null, memory_used_mb: null })
const one = `/api/machines/${report.machine_id}`
const filters = `q=known&os=linux&os_version=${encodeURIComponent(report.os_version!)}&status=online&facts.sample.answer=42&sort=created_at&dir=desc` +
  '&failing=gpu&duplicate=false&created_since=2020-01-01&created_before=2100-01-01T00:00:00Z&min.memory_total_mb=1&below.facts.sample.answer=43&unknown=age&not.os=[%22windows%22]'
const tooLarge = JSON.stringify({ padding: 'x'.repeat(limits.batchBytes) })
const post = (url: string, payload: unknown): InjectOptions => ({ method: 'POST', url, headers: json, payload: payload as object })
const wrongBodies = (method: 'POST' | 'PATCH' | 'DELETE', url: string): InjectOptions[] => [
  { method, url, headers: json, payload: '{' }, { method, url, headers: json, payload: tooLarge }, { method, url, headers: { 'content-type': 'text/plain' }, payload: 'hello' }
]

/** What is asked, in this order, of a server that is well. */
const asked: readonly Asked[] = [
  ...[report, report, { ...report, hostname: 'other' }, {}].map((body): Asked => ['post /api/machines', post('/api/machines', body)]),
  ...wrongBodies('POST', '/api/machines').map((request): Asked => ['post /api/machines', request]),
  ['post /api/reports', post('/api/reports', [wrongClock, wrongClock, null, { ...wrongClock, hostname: 'other' }])],
  ['post /api/reports', post('/api/reports', {})],
  ...wrongBodies('POST', '/api/reports').map((request): Asked => ['post /api/reports', request]),
  ...['/api/machines', '/api/inventory'].flatMap((url) => ['', '?include=facts,failures', '?limit=1', `?${filters}`, '?cursor=x', '?limit=0'].map((query): Asked => [`get ${url}`, { url: url + query }])),
  ...['', '?fields=hostname,facts.sample.answer', `?${filters}`, '?limit=1'].map((query): Asked => ['get /api/machines.csv', { url: `/api/machines.csv${query}` }]),
  ['get /api/machines/{id}', { url: one }],
  ['get /api/machines/{id}', { url: '/api/machines/nobody' }],
  ['patch /api/machines/{id}', { method: 'PATCH', url: one, payload: { computer_model: 'OptiPlex 7090', computer_activation: '2024-02-03', activation_days: 5 } }],
  ['patch /api/machines/{id}', { method: 'PATCH', url: '/api/machines/nobody', payload: { computer_model: null } }],
  ...wrongBodies('PATCH', one).map((request): Asked => ['patch /api/machines/{id}', request]),
  ['get /api/machines/{id}', { url: one }],
  ['get /api/collectors', { url: '/api/collectors' }],
  ['get /api/health', { url: '/api/health' }],
  ['get /metrics', { url: '/metrics' }],
  ...wrongBodies('DELETE', one).map((request): Asked => ['delete /api/machines/{id}', request]),
  ['delete /api/machines/{id}', { method: 'DELETE', url: one }],
  ['delete /api/machines/{id}', { method: 'DELETE', url: one }]
]

/** A schema in which nothing may be there that it does not describe. */
function closed (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return 'properties' in schema && !('additionalProperties' in schema) && (schema as { type?: unknown }).type === 'object' ? { ...inner, additionalProperties: false } : inner
}

const ajv = new Ajv2020({ strict: false, allErrors: true })

/** Why an answer is none that the document describes; undefined where it is. */
function mismatch ({ responses }: Operation, answer: LightMyRequestResponse): string | undefined {
  const described = responses[answer.statusCode]
  if (described === undefined) return `${answer.statusCode} is not described: ${answer.body}`
  const type = String(answer.headers['content-type']).split(';', 1)[0]!
  const media = described.content[type]
  if (media === undefined) return `${answer.statusCode} is of type ${type}`
  for (const [name, { schema }] of Object.entries(described.headers ?? {})) {
    const given = answer.headers[name.toLowerCase()]
    const value = schema.type === 'integer' ? Number(given) : given
    if (given === undefined || !ajv.validate(schema, value)) return `${answer.statusCode} has ${name}: ${given}`
  }
  const value: unknown = type === 'application/json' ? answer.json() : answer.body
  return ajv.validate(closed(media.schema) as Schema, value) ? undefined : `${answer.statusCode} ${answer.body}: ${ajv.errorsText()}`
}

test('the document is valid OpenAPI 3.1, and each schema in it valid JSON Schema', async (t) => {
  const document = (await (await openServer(t)).inject('/openapi.json')).json()
  const validator = new Validator()
  t.deepEqual(await validator.validate(document), { valid: true })
  t.is(validator.version, '3.1')
  const schemas = schemasIn(document)
  t.true(schemas.length > 50)
  for (const schema of schemas) t.true(ajv.validateSchema(schema), `${JSON.stringify(schema)}: ${ajv.errorsText()}`)
})

test('the document describes every route but pages and what belongs to them', async (t) => {
  const app = await openServer(t)
  await app.ready()
  const { paths } = await documentOf(app)
  const pages = ['/', '/report', '/report/', '/charts', '/charts/', '/machines/{id}', '/machines/{id}/', '/openapi.json', '/report.csv']
  const routes = routesOf(app.printRoutes({ commonPrefix: false })).filter(({ path }) => !pages.includes(path) && path !== '/*' && !/^\/(docs|assets\/)/.test(path))
  t.deepEqual(Object.keys(paths).sort(), routes.map(({ path }) => path).sort())
  for (const { path, methods } of routes) t.deepEqual(Object.keys(paths[path]!).sort(), methods, path)
})

test('every route answers as the document says, with every status that it says, and says no more than that', async (t) => {
  const app = await openServer(t)
  const { paths } = await documentOf(app)
  const operations = new Map(Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation])))
  const answered = new Map([...operations.keys()].map((name) => [name, new Set<string>()]))
  const used = new Map([...operations.keys()].map((name) => [name, new Set<string>()]))
  const hold = async (server: FastifyInstance, [name, request]: Asked) => {
    const operation = operations.get(name)
    if (operation === undefined) return t.fail(`${name} is not described`)
    const answer = await server.inject(request)
    t.is(mismatch(operation, answer), undefined, `${name} ${String(request.url)}`)
    answered.get(name)!.add(String(answer.statusCode))
    if (answer.statusCode === 200) for (const key of new URLSearchParams(String(request.url).split('?')[1]).keys()) used.get(name)!.add(key.replace(/\..*/, '').replace(/^(min|below)$/, 'ranges').replace(/^not$/, 'except'))
    return answer
  }

  for (const one of asked) await hold(app, one)
  for (const url of ['/api/machines', '/api/inventory']) {
    await app.machines.save(sampleReport())
    const next = (await app.inject(`${url}?limit=1`)).json().next_cursor
    await hold(app, [`get ${url}`, { url: `${url}?limit=1&cursor=${next}` }])
  }
  const away = await openHost(t, storeThat(() => { throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', 'the database does not answer') }))
  const broken = await openHost(t, storeThat(() => { throw new TypeError('a fault of the store’s own') }))
  for (const one of asked) {
    await hold(away, one)
    await hold(broken, one)
  }

  const full = await openHost(t, { ...app.machines, waiting: () => ({ reports: 1e6, oldestMs: 1e6 }) })
  const limited = await openHost(t, app.machines, { rates: { address: { perSecond: 1e-9, burst: 0 } } })
  for (const [name, request] of asked) {
    if (name.startsWith('post')) await hold(full, [name, request])
    await hold(limited, [name, { ...request, remoteAddress: '192.0.2.9' }])
  }

  for (const [name, { responses, parameters = [] }] of operations) {
    t.deepEqual([...answered.get(name)!].sort(), Object.keys(responses).sort(), `${name}: each status was seen`)
    const query = parameters.filter(({ in: where }) => where === 'query').map(({ name }) => name)
    t.deepEqual([...used.get(name)!].sort(), query.sort(), `${name}: each parameter was used`)
  }
})

test('a host that registers @fastify/swagger first has the same routes in its document', async (t) => {
  const app = await openServer(t)
  const host = await openHost(t, app.machines)
  t.deepEqual((await documentOf(host)).paths, (await documentOf(app)).paths)
})

/** Everything that the document calls a schema. */
function schemasIn (value: unknown): Schema[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => key === 'schema' ? [inner as Schema] : schemasIn(inner))
}

/** Routes and their methods, as OpenAPI writes them, from the tree that Fastify prints. */
function routesOf (tree: string): { path: string, methods: string[] }[] {
  const above: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S+) \((.*)\)$/.exec(line) ?? []
    if (indent === undefined || segment === undefined || methods === undefined) return []
    above.splice(indent.length / 4, Infinity, segment)
    const path = above.join('').replace(/^\/\//, '/').replaceAll(/:(\w+)/g, '{$1}')
    return [{ path, methods: methods.toLowerCase().split(', ').filter((method) => method !== 'head').sort() }]
  })
}
