import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance } from 'fastify'
import { TatuScanError, type MachineStore } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { ingest } from '@tatuscan/server-ingest'
import { storage } from '@tatuscan/server-storage'
import { metrics, type MetricsOptions } from '../src/index.ts'

async function serve (t: ExecutionContext, options: MetricsOptions = {}, instead: Partial<MachineStore> = {}): Promise<FastifyInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-metrics-'))
  const app: FastifyInstance = Fastify()
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  await app.register(storage, { url: `sqlite:${join(folder, 'test.db')}` })
  Object.assign(app.machines, instead)
  await app.register(metrics, options)
  await app.register(ingest)
  return app
}

/** The value of one line; undefined where there is no such line. */
async function value (app: FastifyInstance, name: string, url = '/metrics'): Promise<number | undefined> {
  const { body, statusCode } = await app.inject(url)
  if (statusCode !== 200) throw new Error(body)
  const line = body.split('\n').find((line) => line.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length))
}

const post = async (app: FastifyInstance, payload: object, url = '/api/machines') => (await app.inject({ method: 'POST', url, payload })).statusCode
const outcome = (name: string) => `tatuscan_reports_total{outcome="${name}"}`

test('reports are counted by what became of them, one by one or in batches', async (t) => {
  const app = await serve(t)
  const report = sampleReport({ report_id: '019300f2-0000-7000-8000-000000000001' })
  t.is(await post(app, report), 201)
  t.is(await post(app, report), 200)
  t.is(await post(app, { ...report, hostname: 'another' }), 422)
  t.is(await post(app, { ...report, os: 5 }), 400)
  const newer = { ...report, report_id: '019300f2-0000-7000-8000-000000000002' }
  t.is(await post(app, [newer, {}, { machine_id: 'none' }], '/api/reports'), 200)
  for (const [name, count] of Object.entries({ created: 1, known: 1, conflict: 1, updated: 1, refused: 3, failed: 0 })) t.is(await value(app, outcome(name)), count, name)
})

test('transactions are told by their size and time, and the queue is empty after them', async (t) => {
  const app = await serve(t)
  await Promise.all([1, 2, 3].map(async (number) => await post(app, sampleReport({ hostname: `host-${number}` }))))
  t.is(await value(app, 'tatuscan_batch_reports_sum'), 3)
  t.is(await value(app, 'tatuscan_batch_duration_seconds_count'), await value(app, 'tatuscan_batch_reports_count'))
  t.is(await value(app, 'tatuscan_queue_reports'), 0)
  t.is(await value(app, 'tatuscan_queue_oldest_seconds'), 0)
})

test('the queue holds what waits for the database', async (t) => {
  const app = await serve(t)
  const first = app.machines.save(sampleReport())
  t.is(app.machines.waiting!().reports, 1)
  t.true(app.machines.waiting!().oldestMs >= 0)
  await first
  t.is(app.machines.waiting!().reports, 0)
})

test('requests are timed by the pattern of their route, whatever is asked for', async (t) => {
  const app = await serve(t)
  app.get('/things/:id', async () => ({}))
  for (const id of [1, 2, 3]) await app.inject(`/things/${id}`)
  for (const path of ['/no', '/none']) await app.inject(path)
  t.is(await value(app, 'tatuscan_http_request_duration_seconds_count{method="GET",route="/things/:id",status="200"}'), 3)
  t.is(await value(app, 'tatuscan_http_request_duration_seconds_count{method="any",route="none",status="404"}'), 2)
})

test('the times of requests are told as Prometheus counts them: each bucket with the ones before, and their sum', async (t) => {
  const app = await serve(t)
  app.get('/slow', async () => {
    await sleep(60)
    return {}
  })
  for (let asked = 0; asked < 2; asked++) await app.inject('/slow')
  const told = async (what: string, le?: string) => await value(app, `tatuscan_http_request_duration_seconds_${what}{${le === undefined ? '' : `le="${le}",`}method="GET",route="/slow",status="200"}`)
  t.deepEqual([await told('bucket', '0.001'), await told('bucket', '0.05'), await told('bucket', '10'), await told('bucket', '+Inf'), await told('count')], [0, 0, 2, 2, 2])
  t.true((await told('sum'))! >= 0.118 && (await told('sum'))! < 20, String(await told('sum')))
})

test('requests in flight are those that come over the network and are not answered yet', async (t) => {
  const app = await serve(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const inFlight = async () => Number(/^tatuscan_http_requests_in_flight (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())![1])
  t.is(await inFlight(), 1, 'that of the scrape')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const asked = once(app.server, 'request')
  socket.write('POST /api/machines HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  const [request] = await asked as [IncomingMessage]
  t.is(await inFlight(), 2)
  const gone = new Promise((resolve) => { request.socket.once('close', resolve) })
  socket.destroy()
  await gone
  t.is(await inFlight(), 1)
})

test('machines are told by status, from one look at the store for many scrapes', async (t) => {
  let looks = 0
  const app = await serve(t)
  const { summary } = app.machines
  app.machines.summary = async () => {
    looks++
    return await summary()
  }
  await app.machines.save(sampleReport())
  await Promise.all(Array.from({ length: 20 }, async () => await app.inject('/metrics')))
  t.is(await value(app, 'tatuscan_machines{status="online"}'), 1)
  t.is(await value(app, 'tatuscan_machines{status="lost"}'), 0)
  t.is(looks, 1)
})

test('where the store can’t tell, the machines are left out rather than 0, and reports count as failed', async (t) => {
  const fails = async () => { throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', 'away') }
  let listener: Parameters<NonNullable<MachineStore['onBatch']>>[0]
  const app = await serve(t, { machinesMs: 0 }, { summary: fails, onBatch: (given) => { listener = given } })
  t.is(await value(app, 'tatuscan_machines{status="online"}'), undefined)
  t.is(await value(app, 'tatuscan_store_up'), 0)
  listener!({ reports: 5, ms: 1, outcomes: undefined })
  t.is(await value(app, outcome('failed')), 5)
})

test('what was registered before would not be counted, which stops the start', async (t) => {
  const app = Fastify()
  t.teardown(async () => await app.close())
  app.decorate('machines', { save: async () => {} } as never)
  await app.register(ingest)
  await t.throwsAsync(async () => await app.register(metrics), { code: 'TATUSCAN_INVALID_OPTION', message: /not @tatuscan\/server-ingest: register it before/ })
})

test('two instances count each for themselves, under their prefixes', async (t) => {
  const [one, other] = [await serve(t, { prefix: '/fleet' }), await serve(t)]
  await post(one, sampleReport())
  t.is(await value(one, outcome('created'), '/fleet/metrics'), 1)
  t.is(await value(other, outcome('created')), 0)
  t.regex(String((await other.inject('/metrics')).headers['content-type']), /^text\/plain; version=0\.0\.4/)
})

test('whoever may read may read the metrics', async (t) => {
  const app = Fastify()
  t.teardown(async () => await app.close())
  const accesses = new Set<unknown>()
  app.addHook('onRoute', ({ config }) => { accesses.add(config?.access) })
  app.decorate('machines', { async summary () { throw new Error('nobody asked') } } as unknown as MachineStore)
  await app.register(metrics)
  t.deepEqual([...accesses], ['viewer'])
})

test('a store that tells nothing of its batches has the rest measured', async (t) => {
  const app = await serve(t, {}, { onBatch: undefined, waiting: undefined } as unknown as Partial<MachineStore>)
  t.is(await post(app, sampleReport()), 201)
  t.is(await value(app, 'tatuscan_machines{status="online"}'), 1)
  t.is(await value(app, 'tatuscan_queue_reports'), undefined)
})

test('every sample is of a declared metric, and process metrics are among them', async (t) => {
  const app = await serve(t)
  await post(app, sampleReport())
  const { body } = await app.inject('/metrics')
  const declared = new Set([...body.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!))
  for (const line of body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))) {
    const name = /^[a-z_:][a-z0-9_:]*/i.exec(line)![0]
    t.true(declared.has(name) || declared.has(name.replace(/_(bucket|sum|count)$/, '')), line)
    t.regex(line, /^[a-z_][a-z0-9_]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (Nan|[0-9.e+-]+)$/i)
  }
  for (const name of ['process_resident_memory_bytes', 'process_open_fds', 'nodejs_eventloop_lag_p99_seconds']) t.true(declared.has(name), name)
})
