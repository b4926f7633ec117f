import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { sampleReport } from '@tatuscan/core/testing'
import { openLocalDoor } from '../src/local-door.ts'
import { createServer, type ComposedSettings } from '../src/server.ts'

const sample = sampleReport()

async function open (t: ExecutionContext, settings: Partial<ComposedSettings> = {}, log = pino({ level: 'silent' })): Promise<FastifyInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-limits-cli-'))
  const access = () => ({ enrolSecret: 'an enrolment secret' })
  const app = await createServer({ databaseUrl: `sqlite:${join(folder, 'test.db')}`, timeZone: 'America/Cuiaba', plugins: [], ...settings }, log, access)
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  return app
}

test('the server answers to its own names alone, but takes reports and tells its health under any', async (t) => {
  const app = await open(t, { publicUrl: 'https://inventory.example' })
  const status = async (host: string, url = '/login') => (await app.inject({ url, headers: { host } })).statusCode
  t.is(await status('localhost:8040'), 200)
  t.is(await status('inventory.example'), 200)
  for (const url of ['/login', '/', '/api/machines', '/metrics', '/docs']) t.is(await status('evil.example', url), 403, url)
  t.is(await status('evil.example', '/api/health'), 200)
  const enrolled = await app.inject({
    method: 'POST', url: '/api/enrol', headers: { host: 'service.cluster', authorization: 'Bearer an enrolment secret' }, payload: { machine_id: sample.machine_id }
  })
  t.is(enrolled.statusCode, 201)
  const report = { method: 'POST', url: '/api/machines', headers: { host: 'service.cluster', authorization: `Bearer ${enrolled.json().key}` }, payload: sample } as const
  t.is((await app.inject(report)).statusCode, 201)
})

test('each page has the headers that browsers heed, and only under TLS the one that makes them stay with it', async (t) => {
  const app = await open(t, { trustProxy: ['127.0.0.1'] })
  for (const url of ['/login', '/', '/none', '/api/machines', '/openapi.json', '/metrics']) {
    const { headers } = await app.inject(url)
    for (const name of ['content-security-policy', 'x-content-type-options', 'x-frame-options', 'referrer-policy', 'permissions-policy']) t.truthy(headers[name], `${url} ${name}`)
    t.is(headers['strict-transport-security'], undefined)
  }
  t.truthy((await app.inject({ url: '/login', headers: { 'x-forwarded-proto': 'https' } })).headers['strict-transport-security'])
})

test('10,000 tries with a wrong key are limited, and an agent behind the same address is not', async (t) => {
  const app = await open(t, { trustProxy: ['127.0.0.1'] })
  const from = { 'x-forwarded-for': '192.0.2.1' }
  const { key } = (await app.inject({
    method: 'POST', url: '/api/enrol', headers: { ...from, authorization: 'Bearer an enrolment secret' }, payload: { machine_id: sample.machine_id }
  })).json()
  const report = { method: 'POST', url: '/api/machines', headers: { ...from, authorization: `Bearer ${key}` }, payload: sample } as const
  t.is((await app.inject(report)).statusCode, 201)
  let limited = 0
  for (let wrong = 0; wrong < 10_000; wrong++) {
    const { statusCode } = await app.inject({ url: '/api/machines', headers: { ...from, authorization: `Bearer tsk_wrong${wrong}` } })
    t.true(statusCode === 401 || statusCode === 429)
    if (statusCode === 429) limited++
    if (wrong % 100 === 0) t.is((await app.inject(report)).statusCode, 200)
  }
  t.true(limited > 5000, `${limited} were limited`)
})

test('a proxy on this machine that is not named is warned of, once; one that is, or another’s word, is not', async (t) => {
  const warned = async (settings: Partial<ComposedSettings>, remoteAddress: string) => {
    const warnings: string[] = []
    const app = await open(t, settings, pino({ level: 'warn' }, { write (line: string) { warnings.push(JSON.parse(line).msg) } }))
    for (let count = 0; count < 3; count++) await app.inject({ url: '/api/health', remoteAddress, headers: { 'x-forwarded-for': '192.0.2.1' } })
    return warnings.filter((message) => message.includes('--trust-proxy 127.0.0.1')).length
  }
  t.is(await warned({}, '127.0.0.1'), 1)
  t.is(await warned({}, '::1'), 1)
  t.is(await warned({}, '192.0.2.7'), 0)
  t.is(await warned({ trustProxy: ['127.0.0.1'] }, '127.0.0.1'), 0)
})

test('the local agent’s door leads to enrolment and reports, for who has a key or the secret, and nowhere else', async (t) => {
  const app = await open(t, { prefix: '/fleet' })
  await app.ready()
  const door = await openLocalDoor(app, '/fleet')
  t.teardown(() => door.close())
  const ask = async (method: string, path: string, headers = {}, body?: string) => (await fetch(door.url + path, { method, headers: { 'content-type': 'application/json', ...headers }, ...body !== undefined && { body } })).status
  for (const path of ['/fleet/', '/fleet/login', '/fleet/api/machines', '/fleet/api/health', '/fleet/metrics', '/fleet/docs/', '/fleet/api/users', '/']) t.is(await ask('GET', path), 404, path)
  for (const path of ['/fleet/login', '/fleet/setup', '/fleet/api/users', '/fleet/api/tokens', '/api/enrol']) t.is(await ask('POST', path, {}, '{}'), 404, path)
  t.is(await ask('DELETE', `/fleet/api/machines/${sample.machine_id}`), 404)
  for (const path of ['enrol', 'machines', 'reports']) t.is(await ask('POST', `/fleet/api/${path}`, {}, '{}'), 401, path)
  t.is(await ask('POST', '/fleet/api/enrol', { authorization: 'Bearer an enrolment secret' }, JSON.stringify({ machine_id: sample.machine_id })), 201)
})

test('the configuration file sets rates', async (t) => {
  const app = await open(t, { trustProxy: ['127.0.0.1'], limits: { rates: { address: { perSecond: 0.01, burst: 2 } } } })
  const seen = []
  for (let count = 0; count < 3; count++) seen.push((await app.inject({ url: '/login', headers: { 'x-forwarded-for': '192.0.2.1' } })).statusCode)
  t.deepEqual(seen, [200, 200, 429])
})
