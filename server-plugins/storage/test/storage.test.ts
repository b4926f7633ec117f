import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import Fastify, { type FastifyInstance } from 'fastify'
import type { IncomingReport, MachineStatus } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { createBatches } from '../src/batches.ts'
import { sqliteFile } from '../src/database-url.ts'
import { storage, type StorageOptions } from '../src/index.ts'
import { openDatabase } from '../src/open-database.ts'
import { withStatementCache } from '../src/statement-cache.ts'
import { defaultThresholds, statusOf } from '../src/status.ts'

async function temporary (t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-storage-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  return join(folder, 'test.db')
}

async function open (t: ExecutionContext, options: Partial<StorageOptions> = {}) {
  const file = await temporary(t)
  const app: FastifyInstance = Fastify()
  await app.register(storage, { url: `sqlite:${file}`, ...options })
  t.teardown(async () => await app.close())
  return { machines: app.machines, file, close: async () => await app.close() }
}

/** Looks into the database with a connection of the test's own. */
function look<Row> (file: string, sql: string): Row[] {
  const database = new Sqlite(file, { readonly: true })
  try {
    return database.prepare(sql).all() as Row[]
  } finally {
    database.close()
  }
}

test('what save() acknowledged is in the file, readable by any SQLite client, and there after a restart', async (t) => {
  const { machines, file, close } = await open(t)
  const report = sampleReport({ hostname: 'kept' })
  await machines.save(report)
  t.like(look(file, 'select * from inventory')[0], { hostname: 'kept', memory_total_mb: 8192, report_id: report.report_id })
  await close()
  const again = Fastify()
  await again.register(storage, { url: `sqlite:${file}` })
  t.deepEqual((await again.machines.find(report.machine_id))!.facts, report.facts)
  await again.close()
})

test('every connection runs WAL with synchronous=FULL, also after reopening', async (t) => {
  const file = await temporary(t)
  for (const time of ['new', 'reopened']) {
    const { orm, close } = await openDatabase(file)
    const pragma = async (name: string) => Object.values((await orm.em.getConnection().execute<object[]>(`pragma ${name}`))[0]!)[0]
    t.is(await pragma('journal_mode'), 'wal', time)
    t.is(await pragma('synchronous'), 2, time)
    await close()
  }
})

test('all reports of one turn share a transaction, and those that come meanwhile the next', async (t) => {
  const batches: number[] = []
  const { add, drained } = createBatches(async (items: readonly number[]) => {
    batches.push(items.length)
    if (batches.length === 1) for (let late = 0; late < 7; late++) others.push(add(late))
    return items.map((item) => item * 2)
  })
  const others: Promise<number>[] = []
  t.deepEqual(await Promise.all(Array.from({ length: 100 }, async (_, item) => await add(item))), Array.from({ length: 100 }, (_, item) => item * 2))
  t.deepEqual(await Promise.all(others), [0, 2, 4, 6, 8, 10, 12])
  await drained()
  t.deepEqual(batches, [100, 7])
})

test('a crowd of reports at once is kept whole, and each gets its own answer', async (t) => {
  const { machines } = await open(t)
  const reports = Array.from({ length: 700 }, () => sampleReport())
  const saved = await Promise.all(reports.map(async (report) => await machines.save(report)))
  t.deepEqual(saved.map(({ machine }) => machine.machine_id), reports.map(({ machine_id }) => machine_id))
  t.is((await machines.list()).count, 700)
})

test('one report that the database refuses sinks no other of its batch', async (t) => {
  const { machines } = await open(t)
  const bad = { ...sampleReport(), hostname: undefined as unknown as string }
  const results = await Promise.allSettled([sampleReport(), bad, sampleReport()].map(async (report) => await machines.save(report)))
  t.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
  t.is((await machines.list()).count, 2)
})

test('whatever the order and the company in which reports come, each machine ends at its newest', async (t) => {
  const { machines } = await open(t)
  let run = 0
  const arrivals = fc.array(fc.record({ machine: fc.nat({ max: 3 }), sequence: fc.nat({ max: 5 }) }), { minLength: 1, maxLength: 30 })
  await fc.assert(fc.asyncProperty(arrivals, fc.boolean(), async (arrivals, atOnce) => {
    const prefix = `run-${++run}`
    const reports = arrivals.map(({ machine, sequence }) => sampleReport({
      hostname: `${prefix}-${machine}`, cpu_percent: sequence, report_id: `00000000-0000-7000-8000-00000000000${sequence}`, timestamp: 'the same'
    }))
    if (atOnce) await Promise.all(reports.map(async (report) => await machines.save(report)))
    else for (const report of reports) await machines.save(report)
    for (const machine of new Set(arrivals.map(({ machine }) => machine))) {
      const newest = Math.max(...arrivals.filter((arrival) => arrival.machine === machine).map(({ sequence }) => sequence))
      const { machines: [found], count } = await machines.list({ q: `${prefix}-${machine}` })
      t.is(found?.cpu_percent, newest)
      t.is(count, 1)
    }
  }), { numRuns: 40 })
})

test('reports without an id go by arrival, and clear the facts of the agent that they replace', async (t) => {
  const { machines } = await open(t)
  const full = sampleReport({ hostname: 'swapped' })
  await machines.save(full)
  const { report_id: _id, facts: _facts, failures: _failures, schemas: _schemas, ...nine } = full
  t.is((await machines.save({ ...nine, cpu_percent: 1 })).outcome, 'updated')
  t.is((await machines.save({ ...nine, cpu_percent: 2 })).outcome, 'updated')
  t.like(await machines.find(full.machine_id), { cpu_percent: 2, facts: {}, failures: [] })
})

test('a report that comes again without its schemas is the same report', async (t) => {
  const { machines } = await open(t)
  const report: IncomingReport = sampleReport()
  await machines.save(report)
  const { schemas: _, ...again } = report
  t.is((await machines.save(again)).outcome, 'known')
  t.is((await machines.save({ ...again, ip: '192.0.2.99' })).outcome, 'conflict')
})

test('text is kept byte for byte; what is longer than its column is cut by character', async (t) => {
  const { machines } = await open(t)
  for (const hostname of ['naïve-é', 'e\u0301', 'עברית', 'العربية', '😀'.repeat(100), '<b>"\'&', ' padded ', '=1+1', 'a\tb']) {
    const { machine } = await machines.save(sampleReport({ hostname }))
    t.is(machine.hostname, hostname)
    t.is((await machines.find(machine.machine_id))!.hostname, hostname)
  }
  const { machine } = await machines.save(sampleReport({ hostname: '😀'.repeat(101) }))
  t.is(machine.hostname, '😀'.repeat(100))
})

test('a machine that was renamed shows its new name, and none of its columns stays behind', async (t) => {
  const { machines } = await open(t)
  const report = sampleReport({ hostname: 'before' })
  await machines.save(report)
  const renamed = { ...sampleReport({ hostname: 'after', os: 'windows', os_version: null, ip: null, cpu_percent: 1, memory_used_mb: 2 }), machine_id: report.machine_id }
  await machines.save(renamed)
  const { created_at: created, ...machine } = (await machines.find(report.machine_id))!
  t.like(machine, { hostname: 'after', os: 'windows', os_version: null, ip: null, cpu_percent: 1, memory_used_mb: 2 })
  t.true(created < machine.last_seen || created.getTime() === machine.last_seen.getTime())
  t.is((await machines.list()).count, 1)
})

test('statements are prepared once, and only so many are kept', (t) => {
  const prepared: string[] = []
  const cache = withStatementCache({ prepare: (sql) => { prepared.push(sql); return { sql } as never }, close: () => {} }, 2)
  t.is(cache.prepare('a'), cache.prepare('a'))
  for (const sql of ['b', 'b', 'c', 'c', 'b', 'a']) cache.prepare(sql)
  t.deepEqual(prepared, ['a', 'b', 'c', 'a'])
})

test('what people set outlives the next report, unless that tells otherwise', async (t) => {
  const { machines } = await open(t)
  const report = sampleReport({ hostname: 'labelled' })
  await machines.save(report)
  await machines.update(report.machine_id, { computer_model: 'OptiPlex', computer_activation: new Date('2024-01-01T00:00:00Z') })
  await machines.save(sampleReport({ hostname: 'labelled' }))
  t.like(await machines.find(report.machine_id), { computer_model: 'OptiPlex', computer_activation: new Date('2024-01-01T00:00:00Z') })
  await machines.save({ ...sampleReport({ hostname: 'labelled' }), computer_model: null, activation_days: 7 })
  t.like(await machines.find(report.machine_id), { computer_model: null, activation_days: 7 })
})

test('status follows last_seen in multiples of the machine’s own interval', (t) => {
  const seconds: [number, number | null, MachineStatus][] = [
    [0, 60, 'online'], [180, 60, 'online'], [181, 60, 'late'], [3600, 60, 'late'], [3601, 60, 'stale'], [30 * 86_400, 60, 'stale'], [30 * 86_400 + 1, 60, 'lost'],
    [180, null, 'online'], [181, null, 'late'], [900, 300, 'online'], [901, 300, 'late'], [-10, 60, 'online']
  ]
  for (const [silence, interval, status] of seconds) t.is(statusOf(0, interval, silence * 1000, defaultThresholds), status, `${silence} s at ${interval}`)
})

test('a status filter and the summary agree with each machine’s own status', async (t) => {
  const { machines, file, close } = await open(t)
  const silences = [0, 100, 200, 4000, 90_000, 40 * 86_400]
  for (const silence of silences) await machines.save(sampleReport({ hostname: `silent-${silence}` }))
  await close()
  const database = new Sqlite(file)
  const backdate = database.prepare('update inventory set last_seen = ? where hostname = ?')
  for (const silence of silences) backdate.run(new Date(Date.now() - silence * 1000).toISOString(), `silent-${silence}`)
  database.close()
  const app = Fastify()
  await app.register(storage, { url: file })
  const { status } = await app.machines.summary()
  t.deepEqual(status, { online: 2, late: 1, stale: 2, lost: 1 })
  for (const wanted of ['online', 'late', 'stale', 'lost'] as const) {
    const { machines: found, count } = await app.machines.list({ status: wanted })
    t.is(count, status[wanted])
    t.true(found.every((machine) => machine.status === wanted))
  }
  await app.close()
})

test('the summary counts by system, version and age, and tells memory; nothing is null, not zero', async (t) => {
  const { machines } = await open(t)
  t.like(await machines.summary(), { total: 0, os: [], memory: { minimum_mb: null, average_mb: null, maximum_mb: null } })
  const years = (count: number) => new Date(Date.now() - count * 365.25 * 86_400_000)
  for (const [os, memory, age] of [['linux', 1024, 0.5], ['linux', 3072, 2], ['windows', null, 4], ['darwin', 8192, 20]] as const) {
    await machines.save({ ...sampleReport(), os, os_version: null, memory_total_mb: memory, computer_activation: years(age) })
  }
  await machines.save({ ...sampleReport(), os: 'linux' })
  t.like(await machines.summary(), {
    total: 5,
    os: [{ value: 'linux', count: 3 }, { value: 'darwin', count: 1 }, { value: 'windows', count: 1 }],
    os_version: [{ value: null, count: 4 }, { value: 'Debian GNU/Linux 12 (bookworm)', count: 1 }],
    age: [{ value: '0–12', count: 1 }, { value: '12–36', count: 1 }, { value: '36–60', count: 1 }, { value: '60–120', count: 0 }, { value: '>120', count: 1 }, { value: null, count: 1 }],
    memory: { minimum_mb: 1024, average_mb: 5120, maximum_mb: 8192 }
  })
})

test('the migrations make the very columns that the entities describe, null or not', async (t) => {
  const { orm, close } = await openDatabase(await temporary(t))
  t.teardown(close)
  const columns = async (table: string) => (await orm.em.getConnection().execute<{ name: string, notnull: number }[]>(`pragma table_info(${table})`)).map(({ name, notnull }) => `${name} ${notnull}`).sort()
  for (const { tableName, props } of [...orm.getMetadata().getAll().values()].filter(({ tableName }) => tableName !== 'tatuscan_migrations')) {
    t.deepEqual(await columns(tableName), props.map(({ fieldNames, nullable }) => `${fieldNames[0]} ${nullable ? 0 : 1}`).sort(), tableName)
  }
})

test('a file that is no database, or not ours, is refused in one line and stays as it was', async (t) => {
  const file = await temporary(t)
  const other = `${file}.other`
  const database = new Sqlite(other)
  database.exec('create table customers (id integer)')
  database.close()
  for (const [content, message] of [[Buffer.from('just a text, and no database at all'), /no SQLite database/], [await readFile(other), /not TatuScan’s database/]] as const) {
    await writeFile(file, content)
    const error = await t.throwsAsync(openDatabase(file), { code: 'TATUSCAN_STORE_UNUSABLE', message })
    t.false(error!.message.includes('\n'))
    t.deepEqual(await readFile(file), content)
  }
})

test('a URL names its file in the original’s forms too', (t) => {
  for (const [url, file] of [
    ['sqlite:/var/lib/t.db', '/var/lib/t.db'], ['sqlite:////var/lib/t.db', '/var/lib/t.db'], ['sqlite:///t.db', join(process.cwd(), 't.db')],
    ['sqlite:t.db', join(process.cwd(), 't.db')], ['t.db', join(process.cwd(), 't.db')], ['sqlite+pysqlite:////x.db', '/x.db']
  ] as const) t.is(sqliteFile(url), file, url)
  for (const url of ['sqlite:', 'sqlite://host/x.db', 'oracle://host/x', 'postgresql://host/x']) t.throws(() => sqliteFile(url), { code: 'TATUSCAN_INVALID_OPTION' }, url)
})
