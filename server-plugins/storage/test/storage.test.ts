import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import Fastify, { type FastifyInstance } from 'fastify'
import type { IncomingReport, MachineStatus, TatuScanError } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { createBatches } from '../src/batches.ts'
import { readDatabaseUrl } from '../src/database-url.ts'
import { withStatementCache } from '../src/dialects/sqlite.ts'
import { storage, type StorageOptions } from '../src/index.ts'
import { openDatabase } from '../src/open-database.ts'
import { readCursor, writeCursor } from '../src/roster/cursor.ts'
import { defaultThresholds, statusOf } from '../src/status.ts'
import { reading } from '../src/transactions.ts'
import { onEach } from './databases.ts'

/** A store on a database, closed before the database is dropped. */
async function open (t: ExecutionContext, url: string, options: Partial<StorageOptions> = {}) {
  const app: FastifyInstance = Fastify()
  await app.register(storage, { url, ...options })
  t.teardown(async () => await app.close())
  return { machines: app.machines, close: async () => await app.close() }
}

onEach('what save() acknowledged can be read by any client of the database, and is there after a restart', async (t, { url, query }) => {
  const { machines, close } = await open(t, url)
  const report = sampleReport({ hostname: 'kept' })
  await machines.save(report)
  t.like((await query('select hostname, report_id from inventory'))[0], { hostname: 'kept', report_id: report.report_id })
  await close()
  const again = await open(t, url)
  t.deepEqual((await again.machines.find(report.machine_id))!.facts, report.facts)
})

onEach('rows that are written over stay on their page, which leaves the index alone', async (t, { url, query }) => {
  const { machines } = await open(t, url)
  const reports = Array.from({ length: 120 }, (_, index) => sampleReport({ hostname: `stays-${index}`, facts: { memory: { used_mb: index } } }))
  const save = async (changed: readonly IncomingReport[]) => await Promise.all(changed.map(async (report) => await machines.save(report)))
  const pages = async () => await query(`select 'facts' as of, machine_id, split_part(ctid::text, ',', 1) as page from machine_facts
    union all select 'inventory', machine_id, split_part(ctid::text, ',', 1) from inventory order by 1, 2`)
  await save(reports)
  const before = await pages()
  const third = reports.filter((_, index) => index % 3 === 0)
  await save(third.map(({ report_id: _, ...report }) => ({ ...report, facts: { memory: { used_mb: 9999 } } })))
  t.is((await query("select 1 from machine_facts where facts like '%9999%'")).length, 40)
  t.deepEqual(await pages(), before)
}, ['postgresql'])

onEach('every connection runs WAL with synchronous=FULL, also after reopening', async (t, { url }) => {
  for (const time of ['new', 'reopened']) {
    const { orm, close } = await openDatabase(readDatabaseUrl(url))
    const pragma = async (name: string) => Object.values((await orm.em.getConnection().execute<object[]>(`pragma ${name}`))[0]!)[0]
    t.is(await pragma('journal_mode'), 'wal', time)
    t.is(await pragma('synchronous'), 2, time)
    await close()
  }
}, ['sqlite'])

onEach('a new database may be read by its owner alone', async (t, { url }) => {
  const { machines } = await open(t, url)
  await machines.save(sampleReport())
  for (const beside of ['', '-wal', '-shm']) t.is((await stat(url.replace(/^sqlite:/, '') + beside)).mode & 0o777, 0o600, beside)
}, ['sqlite'])

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

onEach('one report that the database refuses sinks no other of its batch', async (t, { url }) => {
  const { machines } = await open(t, url)
  const bad = { ...sampleReport(), hostname: undefined as unknown as string }
  const results = await Promise.allSettled([sampleReport(), bad, sampleReport()].map(async (report) => await machines.save(report)))
  t.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
  t.is((await machines.list()).count, 2)
})

onEach('an agent’s time tells of its clock only where it is ISO 8601 with an offset', async (t, { url }) => {
  const { machines } = await open(t, url)
  const ahead = new Date(Date.now() + 3_600_000).toISOString()
  for (const [timestamp, offset] of [[ahead, 3600], [ahead.replace('Z', '+00:00'), 3600], [ahead.replace('Z', '-0100'), 7200]] as const) {
    const { machine } = await machines.save(sampleReport({ timestamp }))
    t.true(Math.abs(machine.clock_offset_s! - offset) < 60, `${timestamp}: ${machine.clock_offset_s}`)
  }
  for (const timestamp of [ahead.slice(0, -1), ahead.slice(0, 10), '', 'x 5', '1', 'yesterday', '2026-02-30T00:00:00Z']) {
    t.is((await machines.save(sampleReport({ timestamp }))).machine.clock_offset_s, null, timestamp)
  }
})

onEach('a server that knows a machine from its own last report sees what another has written since, before it writes again', async (t, { url }) => {
  const [first, second] = [await open(t, url), await open(t, url)]
  const [older, old, newer, newest] = Array.from({ length: 4 }, () => sampleReport({ hostname: 'shared', schemas: {} }))
  await first.machines.save(old!)
  await second.machines.save(newest!)
  t.is((await first.machines.save(newer!)).outcome, 'known')
  t.is((await first.machines.save(older!)).outcome, 'known')
  t.is((await first.machines.find(newest!.machine_id))!.last_seen.getTime(), (await second.machines.find(newest!.machine_id))!.last_seen.getTime())
  await second.machines.update(newest!.machine_id, { computer_model: 'set elsewhere' })
  await first.machines.save(sampleReport({ hostname: 'shared', schemas: {} }))
  t.is((await first.machines.find(newest!.machine_id))!.computer_model, 'set elsewhere')
})

onEach('whatever a known machine reports next is stored as if it were its first report', async (t, { url }) => {
  const { machines } = await open(t, url)
  const text = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((given) => !/\0/.test(given) && given.isWellFormed())
  const number = fc.oneof(fc.constant(null), fc.double({ noNaN: true, min: 0, max: 100 }))
  const integer = fc.oneof(fc.constant(null), fc.maxSafeNat())
  const told = fc.record({
    hostname: text(30),
    ip: fc.option(text(15)),
    os: text(30),
    os_version: fc.option(text(30)),
    cpu_percent: number,
    memory_total_mb: integer,
    memory_used_mb: integer,
    computer_model: fc.option(text(30)),
    computer_activation: fc.option(fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-30') })),
    activation_days: fc.option(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })),
    agent_version: text(20),
    interval_s: fc.integer({ min: 1, max: 86_400 }),
    facts: fc.record({ one: fc.dictionary(text(10), text(40)), two: fc.dictionary(text(10), fc.oneof(text(40), fc.double({ noNaN: true }))) }),
    failures: fc.array(fc.record({ collector: fc.constant('one'), code: text(10), message: text(50), ms: fc.nat() }), { maxLength: 2 })
  })
  let made = 0
  await fc.assert(fc.asyncProperty(fc.array(told, { minLength: 2, maxLength: 4 }), async (reports) => {
    const ids = [`${++made}`.padStart(64, 'a'), `${made}`.padStart(64, 'b')] as const
    const reportOf = (machine_id: string, one: typeof reports[number]) => ({ ...sampleReport({ machine_id }), ...one }) as IncomingReport
    for (const one of reports) await machines.save(reportOf(ids[0], one))
    await machines.save(reportOf(ids[1], reports.at(-1)!))
    const [known, fresh] = await Promise.all(ids.map(async (id) => {
      const { machine_id: _id, created_at: _created, updated_at: _updated, last_seen: _seen, clock_offset_s: _offset, ...rest } = (await machines.find(id))!
      return rest
    }))
    t.deepEqual(known, fresh)
  }), { numRuns: 60 })
})

onEach('a machine is found by a fact whatever its keys and its value are: unknown before, known already, and once all machines’ are known', async (t, { url }) => {
  const { machines } = await open(t, url)
  const key = fc.oneof(fc.constantFrom('a', ' ', '-1', '-a', '"', '\\', "'", '[0]', '0', '$', '$.a', '*', '?', '$1', ':a', '%', '\u0001', 'é', '\u200B', '🖥', 'a"b'), fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }))
    .filter((text) => !/[.\0]/.test(text) && text !== '__proto__')
  const text = fc.oneof(fc.constantFrom('a', '"', '\\', "'", '%', '5', 'null', 'A', 'a '), fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((value) => value.replaceAll('\0', '0')))
  const scalar = fc.oneof(text, fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
  const value = fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.constant(null), fc.array(scalar)), { maxLength: 4 }), fc.constant(null), fc.dictionary(key, scalar, { maxKeys: 2 }))
  const placed = fc.tuple(fc.array(key, { minLength: 1, maxLength: 3 }), value)
  let made = 0
  await fc.assert(fc.asyncProperty(fc.array(placed, { minLength: 1, maxLength: 4 }), async (all) => {
    const collector = `odd${++made}`
    const facts = all.map(([keys, value]) => keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))
    const save = async (index: number, own: unknown) => await machines.save(sampleReport({ machine_id: `${made}x${index}`.replace('x', 'e').padStart(64, 'a'), facts: own === undefined ? {} : { [collector]: own } } as never))
    for (const [index, own] of facts.entries()) await save(index, own)
    for (const [index, [keys, value]] of all.entries()) {
      const path = [collector, ...keys].join('.')
      const wanted = (Array.isArray(value) ? value : [value]).filter((one) => one !== null && typeof one !== 'object').map(String)
      for (const text of [...wanted, 'a']) {
        if (text === '') continue
        const expected = facts.filter((own) => reads(own, keys, text)).length
        const ask = async () => (await machines.list({ sort: 'hostname', dir: 'asc', limit: 1, facts: { [path]: text } })).count
        t.is(await ask(), expected, `${path} = ${text}`)
        await save(index, undefined)
        t.is(await ask(), facts.filter((own, other) => other !== index && reads(own, keys, text)).length, `${path} = ${text}, one gone`)
        await save(index, facts[index])
        t.is(await ask(), expected, `${path} = ${text}, and back`)
        await machines.tally(`facts.${path}`, {})
        t.is(await ask(), expected, `${path} = ${text}, all known`)
      }
    }
  }), { numRuns: 40, examples: [[[[['-1'], 'a'], [['a', '-b'], 'a']]], [[[['a'], null], [['a'], 'null'], [['a'], [null, 'a']], [['b'], 1e21]]]] })
})

/** Whether a fact reads as this text, or is a list that holds what does. */
function reads (facts: unknown, keys: readonly string[], text: string): boolean {
  const value = keys.reduce<unknown>((outer, key) => typeof outer === 'object' && outer !== null && !Array.isArray(outer) && Object.hasOwn(outer, key) ? (outer as Record<string, unknown>)[key] : null, facts)
  return (Array.isArray(value) ? value : [value]).some((one) => one !== null && typeof one !== 'object' && String(one) === text)
}

onEach('of thousands of machines a fact finds all on which it reads so, and none besides, whoever reports meanwhile', async (t, { url }) => {
  const { machines, close } = await open(t, url)
  const idOf = (index: number) => (index * 40_503 % 65_536).toString(16).padStart(4, '0').padEnd(64, '5')
  const report = (index: number, room: number) => sampleReport({ machine_id: idOf(index), hostname: `m${index}`, facts: { desk: { room: `room ${room}`, side: 'left' } } })
  const all = 4500
  await Promise.all(Array.from({ length: all }, async (_, index) => await machines.save(report(index, index % 3))))
  await close()
  const again = await open(t, url)
  const count = async (facts: Record<string, string>) => (await again.machines.list({ sort: 'hostname', dir: 'asc', limit: 1, facts })).count
  const first = count({ 'desk.room': 'room 1' })
  const moved = Promise.all(Array.from({ length: 30 }, async (_, index) => await again.machines.save(report(index, 1))))
  t.true(await first >= all / 3 && await first <= all / 3 + 20)
  await moved
  t.is(await count({ 'desk.room': 'room 1' }), all / 3 + 20)
  t.is(await count({ 'desk.room': 'room 0' }), all / 3 - 10)
  t.is(await count({ 'desk.side': 'left' }), all)
  t.is(await count({ 'desk.room': 'room' }), 0)
  t.is(await count({ 'desk.room': 'room 2', 'desk.side': 'left' }), all / 3 - 10)
  t.is((await again.machines.list({ sort: 'facts.desk.room', dir: 'desc', limit: 1, facts: { 'desk.room': 'room 2' } })).count, all / 3 - 10)
})

onEach('a fact that changes while a database is read for it is found as it reads now', async (t, { url }) => {
  const { machines } = await open(t, url)
  const keys = Array.from({ length: 12 }, (_, key) => `k${key}`)
  const report = (index: number, changed?: string) => sampleReport({
    machine_id: (index * 40_503 % 65_536).toString(16).padStart(4, '0').padEnd(64, '5'),
    hostname: `m${index}`,
    facts: { desk: Object.fromEntries(keys.map((key) => [key, key === changed ? 'other' : 'same'])) }
  })
  const all = 5000
  await Promise.all(Array.from({ length: all }, async (_, index) => await machines.save(report(index))))
  await machines.list({ sort: 'last_seen', limit: 1 })
  for (const [turns, key] of keys.entries()) {
    const count = async () => (await machines.list({ limit: 1, sort: 'last_seen', facts: { [`desk.${key}`]: 'same' } })).count
    const counting = count()
    for (let waited = 0; waited < 4 * turns; waited++) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all(Array.from({ length: 20 }, async (_, one) => await machines.save(report(all - 1 - one - 20 * turns, key))))
    await counting
    t.is(await count(), all - 20, key)
  }
})

test('who reads much waits while it comes on, and is told after 4.5 s that nothing does', async (t) => {
  const database = { dialect: { fault: () => undefined } } as never
  const began = performance.now()
  const told: unknown[] = []
  const tell = (what: unknown): unknown => told.push(what)
  await Promise.all([
    reading(database, async () => await sleep(6000, 'all of it'), () => performance.now() - 100).then(tell),
    sleep(4400, 'no sooner').then(tell),
    reading(database, async () => await sleep(6000), () => began).catch(({ code }: TatuScanError) => tell(code)),
    sleep(5500, 'no later').then(tell)
  ])
  t.deepEqual(told, ['no sooner', 'TATUSCAN_STORE_UNAVAILABLE', 'no later', 'all of it'])
})

onEach('a table that is away makes the database unusable for that long, and not a moment longer', async (t, { url, query }) => {
  const { machines } = await open(t, url)
  const report = sampleReport()
  await machines.save(report)
  const refused = async () => await Promise.all([
    t.throwsAsync(machines.save({ ...report, report_id: undefined } as never), { code: 'TATUSCAN_STORE_UNAVAILABLE' }),
    t.throwsAsync(machines.find(report.machine_id), { code: 'TATUSCAN_STORE_UNAVAILABLE' })
  ])
  await query('alter table inventory rename to away')
  await refused()
  await query('alter table away rename to inventory')
  t.is((await machines.find(report.machine_id))!.hostname, report.hostname)
  await machines.ping()
  await query('alter table machine_clock rename to away')
  await t.throwsAsync(machines.ping(), { code: 'TATUSCAN_STORE_UNAVAILABLE' })
}, ['postgresql', 'mysql'])

test('a cursor whose text no database takes is refused', (t) => {
  const order = { sort: 'hostname', dir: 'asc' } as const
  const cursorOf = (value: string) => writeCursor(order, value, 'a'.repeat(64))
  t.deepEqual(readCursor(cursorOf('é'), order), { value: 'é', id: 'a'.repeat(64) })
  for (const text of ['a\0b', '\ud800']) t.throws(() => readCursor(cursorOf(text), order), { code: 'TATUSCAN_INVALID_REQUEST' })
})

test('statements are prepared once, and only so many are kept', (t) => {
  const prepared: string[] = []
  const cache = withStatementCache({ prepare: (sql) => { prepared.push(sql); return { sql } as never }, close: () => {} }, 2)
  t.is(cache.prepare('a'), cache.prepare('a'))
  for (const sql of ['b', 'b', 'c', 'c', 'b', 'a']) cache.prepare(sql)
  t.deepEqual(prepared, ['a', 'b', 'c', 'a'])
})

test('thresholds that are none stop the start', async (t) => {
  for (const status of [{ late: 'x' }, { late: -1 }, { late: 5, stale: 4 }, { lostDays: Number.NaN }]) {
    await t.throwsAsync(async () => await Fastify().register(storage, { url: 'sqlite:/dev/null', status: status as never }), { code: 'TATUSCAN_INVALID_OPTION', message: /status needs late above 0/ })
  }
})

test('status follows last_seen in multiples of the machine’s own interval', (t) => {
  const seconds: [number, number | null, MachineStatus][] = [
    [0, 60, 'online'], [180, 60, 'online'], [181, 60, 'late'], [3600, 60, 'late'], [3601, 60, 'stale'], [30 * 86_400, 60, 'stale'], [30 * 86_400 + 1, 60, 'lost'],
    [180, null, 'online'], [181, null, 'late'], [900, 300, 'online'], [901, 300, 'late'], [-10, 60, 'online']
  ]
  for (const [silence, interval, status] of seconds) t.is(statusOf(0, interval, silence * 1000, defaultThresholds), status, `${silence} s at ${interval}`)
})

onEach('a status filter and the summary agree with each machine’s own status', async (t, { kind, url, query }) => {
  const { machines, close } = await open(t, url)
  const silences = [0, 100, 200, 4000, 90_000, 40 * 86_400]
  for (const silence of silences) await machines.save(sampleReport({ hostname: `silent-${silence}` }))
  await close()
  for (const silence of silences) {
    const seen = new Date(Date.now() - silence * 1000).toISOString()
    await query(`update inventory set last_seen = '${kind === 'mysql' ? seen.replace('T', ' ').slice(0, -1) : seen}' where hostname = 'silent-${silence}'`)
  }
  const again = await open(t, url)
  const { status } = await again.machines.summary()
  t.deepEqual(status, { online: 2, late: 1, stale: 2, lost: 1 })
  for (const wanted of ['online', 'late', 'stale', 'lost'] as const) {
    const { machines: found, count } = await again.machines.list({ status: wanted })
    t.is(count, status[wanted])
    t.true(found.every((machine) => machine.status === wanted))
  }
})

onEach('the migrations make the very columns that the entities describe, null or not', async (t, { kind, url, query }) => {
  const { orm, close } = await openDatabase(readDatabaseUrl(url))
  t.teardown(close)
  const columns = async (table: string) => (kind === 'sqlite'
    ? (await query<{ name: string, notnull: number }>(`pragma table_info(${table})`)).map(({ name, notnull }) => `${name} ${notnull === 0}`)
    : (await query<{ name: string, nullable: string }>(`select column_name as name, is_nullable as nullable from information_schema.columns
        where table_name = '${table}' and table_schema = ${kind === 'mysql' ? 'database()' : 'current_schema()'}`)).map(({ name, nullable }) => `${name} ${nullable === 'YES'}`)).sort()
  for (const { tableName, props } of [...orm.getMetadata().getAll().values()].filter(({ tableName }) => tableName !== 'tatuscan_migrations')) {
    const described = props.filter(({ fieldNames }) => fieldNames[0] !== 'seq' || tableName === 'machine_changes')
    if (described.length === 0) continue
    t.deepEqual(await columns(tableName), described.map(({ fieldNames, nullable }) => `${fieldNames[0]} ${nullable === true}`).sort(), tableName)
  }
})

test('a URL names its database in the original’s forms too', (t) => {
  for (const [url, file] of [
    ['sqlite:/var/lib/t.db', '/var/lib/t.db'], ['sqlite:////var/lib/t.db', '/var/lib/t.db'], ['sqlite:///t.db', join(process.cwd(), 't.db')],
    ['sqlite:t.db', join(process.cwd(), 't.db')], ['t.db', join(process.cwd(), 't.db')], ['sqlite+pysqlite:////x.db', '/x.db']
  ] as const) t.like(readDatabaseUrl(url), { kind: 'sqlite', file }, url)
  for (const [url, kind, name] of [
    ['postgresql://u:secret@h:5433/d', 'postgresql', 'postgresql://h:5433/d'], ['postgresql+psycopg2://u:secret@h/d', 'postgresql', 'postgresql://h/d'],
    ['postgres://h/d?sslmode=require', 'postgresql', 'postgresql://h/d'], ['postgresql:///d?host=/run/postgresql', 'postgresql', 'postgresql:///d'],
    ['mysql+pymysql://u:secret@h/d?charset=utf8mb4', 'mysql', 'mysql://h/d'], ['mariadb+mariadbconnector://u:p%40ss@[::1]:3307/d', 'mysql', 'mysql://[::1]:3307/d']
  ] as const) t.like(readDatabaseUrl(url), { kind, name }, url)
  for (const url of ['sqlite:', 'sqlite://host/x.db', 'oracle://u:secret@host/x', 'postgresql://u:secret@host', 'mysql://u:secret@host/', 'mysql:d', 'postgresql://h:port/secret']) {
    const error = t.throws(() => readDatabaseUrl(url), { code: 'TATUSCAN_INVALID_OPTION' }, url)
    t.false(error!.message.includes('secret'), url)
  }
})
