import test from 'ava'
import type { FastifyInstance } from 'fastify'
import { createReportIds } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { enrolSecret, serve } from './server.ts'

const [id, other] = ['c'.repeat(64), 'd'.repeat(64)]
const nextId = createReportIds()

/** What a client of the original sends. */
const nine = (machineId: string, more = {}) => ({
  machine_id: machineId, hostname: 'old', ip: '10.1.2.3', os: 'linux', os_version: '', cpu_percent: 1.5, memory_total_mb: 100, memory_used_mb: 50, timestamp: '2026-01-01T00:00:00Z', ...more
})
const post = async (app: FastifyInstance, payload: object, { from = '10.1.2.3', ...headers }: Record<string, string> = {}) =>
  await app.inject({ method: 'POST', url: '/api/machines', payload, headers, remoteAddress: from })
const full = (machineId: string) => sampleReport({ machine_id: machineId, report_id: nextId() })

test('a client of the original reports without a key from its network alone, one report at a time, and its machine is marked', async (t) => {
  const { app, session } = await serve(t, { allowOriginal: ['10.0.0.0/8', '2001:db8::/32'] })
  t.is((await post(app, nine(id), { from: '11.1.2.3' })).statusCode, 401)
  t.is((await app.inject({ method: 'POST', url: '/api/reports', payload: [nine(id)], remoteAddress: '10.1.2.3' })).statusCode, 401)
  t.is(await app.machines.find(id), undefined)
  const made = await post(app, nine(id))
  t.is(made.statusCode, 201)
  t.true(made.json().item.unverified)
  t.is((await post(app, nine(id, { unverified: false }), { from: '::ffff:10.9.9.9' })).statusCode, 200)
  t.is((await post(app, nine(id), { from: '2001:db8:1::5' })).statusCode, 200)
  t.true((await app.inject({ url: `/api/machines/${id}`, headers: await session('bia') })).json().unverified)
})

test('nobody is let in without a key where nothing is said', async (t) => {
  const { app } = await serve(t)
  for (const from of ['127.0.0.1', '10.1.2.3', '::1']) t.is((await post(app, nine(id), { from })).statusCode, 401)
})

test('a machine that is enrolled is changed by no report without its key; one that enrols is verified from its first report', async (t) => {
  const { app, key } = await serve(t, { allowOriginal: ['10.0.0.0/8'] })
  t.is((await post(app, nine(id))).statusCode, 201)
  const enrolled = await app.inject({ method: 'POST', url: '/api/enrol', payload: { machine_id: id }, headers: { authorization: `Bearer ${enrolSecret}` } })
  t.is(enrolled.statusCode, 201)
  const before = await app.machines.find(id)
  for (const given of [id, id.toUpperCase()]) {
    const refused = await post(app, nine(given, { hostname: 'evil' }))
    t.is(refused.statusCode, 403)
    t.is(refused.json().code, 'TATUSCAN_FORBIDDEN')
  }
  t.deepEqual({ ...await app.machines.find(id), status: 0 }, { ...before, status: 0 } as never)
  const { statusCode, ...answer } = await post(app, full(id), { authorization: `Bearer ${enrolled.json().key}` })
  t.is(statusCode, 200, answer.body)
  t.is((await app.machines.find(id))!.unverified, false)
  t.is((await post(app, full(other), await key(other))).json().item.unverified, undefined)
  t.is((await post(app, nine(other))).statusCode, 403)
})

test('a forgotten machine’s client of the original makes it anew, as an unverified one', async (t) => {
  const { app, key, session } = await serve(t, { allowOriginal: ['10.0.0.0/8'] })
  await post(app, full(id), await key(id))
  t.is((await post(app, nine(id))).statusCode, 403)
  t.is((await app.inject({ method: 'DELETE', url: `/api/machines/${id}`, headers: await session() })).statusCode, 200)
  const made = await post(app, nine(id))
  t.deepEqual([made.statusCode, made.json().item.unverified], [201, true])
})

test('an address sends 600 reports a minute without a key at most, and one beside it, or with a key, is unaffected', async (t) => {
  const { app, key } = await serve(t, { allowOriginal: ['10.0.0.0/8'] })
  const answers = new Map<number, number>()
  for (let sent = 0; sent < 620; sent++) {
    const { statusCode } = await post(app, {})
    answers.set(statusCode, (answers.get(statusCode) ?? 0) + 1)
  }
  t.deepEqual([...answers], [[400, 600], [429, 20]])
  const limited = await post(app, nine(id))
  t.is(limited.json().code, 'TATUSCAN_RATE_LIMITED')
  t.true(Number(limited.headers['retry-after']) > 0)
  t.is((await post(app, nine(id), { from: '10.1.2.4' })).statusCode, 201)
  t.is((await post(app, full(other), await key(other))).statusCode, 201)
})

test('a network that is none stops the start', async (t) => {
  await t.throwsAsync(async () => await serve(t, { allowOriginal: ['10.0.0.0/33'] }), { code: 'TATUSCAN_INVALID_OPTION', message: /10\.0\.0\.0\/33/ })
})
