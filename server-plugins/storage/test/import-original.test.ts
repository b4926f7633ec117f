import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import Fastify from 'fastify'
import { sampleReport } from '@tatuscan/core/testing'
import { importOriginal, storage } from '../src/index.ts'
import { shortestFloat } from '../src/original/mysql.ts'
import { createDatabase, onEach as declareOnEach, type Kind, type TestDatabase } from './databases.ts'
import { fileOf, fillWithOriginal, fixture, machineId, originalRow, originalTable, writeOriginal } from './originals.ts'

type Row = Record<string, unknown>

/** One after another: each holds several databases open. */
const onEach = (title: string, body: (t: ExecutionContext, database: TestDatabase) => Promise<void>, only?: readonly Kind[]) => declareOnEach(title, body, only, test.serial)

/** A store on a database, closed before the database is dropped. */
async function open (t: ExecutionContext, url: string) {
  const app = Fastify()
  await app.register(storage, { url })
  t.teardown(async () => await app.close())
  return app.machines
}

/** A folder of the test's own. */
async function temporary (t: ExecutionContext, within = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(within, 'tatuscan-import-test-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  return folder
}

/** A database beside the one that a test is given. */
async function another (t: ExecutionContext, kind: Kind): Promise<TestDatabase> {
  const made = await createDatabase(kind)
  t.teardown(async () => await made.drop())
  return made
}

/** A SQLite original of these rows. */
async function original (t: ExecutionContext, rows: Iterable<Row>): Promise<string> {
  const file = join(await temporary(t), 'original.db')
  writeOriginal(file, rows)
  return file
}

const instants = ['created_at', 'updated_at', 'computer_activation', 'last_seen']
const numbers = ['memory_total_mb', 'memory_used_mb']

/** Our inventory by machine_id, whichever database: instants as ISO 8601, numbers as numbers. */
async function imported ({ kind, query }: TestDatabase): Promise<Row[]> {
  const rows = await query('select * from inventory order by machine_id')
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => {
    if (value !== null && instants.includes(column)) return [column, value instanceof Date ? value.toISOString() : kind === 'mysql' ? `${(value as string).replace(' ', 'T')}Z` : value]
    return [column, value !== null && numbers.includes(column) ? Number(value) : value]
  })))
}

/** What the original's rows must be here, made by other means than the import's. */
async function expected ({ kind, query }: TestDatabase): Promise<Row[]> {
  const rows = await query(`select * from inventory order by machine_id${kind === 'postgresql' ? ' collate "C"' : ''}`)
  const instant = (value: unknown) => {
    if (value === null) return null
    if (value instanceof Date) return value.toISOString()
    const [day, time] = (value as string).split(' ')
    const offset = day === '2015-01-31' ? '-03:00' : '-04:00' // Cuiaba's daylight saving of that summer; all other days here have none
    return new Date(`${day}T${time!.slice(0, 12)}${offset}`).toISOString()
  }
  return rows.map((row) => ({
    ...row,
    memory_total_mb: Number(row.memory_total_mb),
    memory_used_mb: row.memory_used_mb === null ? null : Number(row.memory_used_mb),
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
    computer_activation: instant(row.computer_activation),
    last_seen: instant(row.updated_at ?? row.created_at),
    ...Object.fromEntries(['agent_version', 'interval_s', 'report_id', 'report_digest', 'failures', 'fact_digests', 'clock_offset_s', 'turns', 'unverified'].map((column) => [column, null]))
  }))
}

const none = { created: 0, completed: 0, unchanged: 0, refused: [], altered: [] }

onEach('every column of every row of the original’s own database arrives equal', async (t, source) => {
  await fillWithOriginal(source)
  const destination = await another(t, 'sqlite')
  t.like(await importOriginal({ from: source.url, into: destination.url }), { ...none, complete: true, read: 300, created: 300 })
  const rows = await imported(destination)
  t.deepEqual(rows, await expected(source))
  t.is(rows.filter(({ ip }) => ip === '').length, 66, 'empty stays empty')
  t.is(rows.filter(({ computer_model: model }) => model === null).length, 209, 'unknown stays unknown')
  t.is(rows.filter(({ computer_activation: day }) => day === '2015-01-31T03:00:00.000Z').length, 21, 'daylight saving of the day')
})

onEach('into each database they arrive equal, and a second run changes nothing at all', async (t, destination) => {
  const source = await another(t, 'sqlite')
  await fillWithOriginal(source)
  t.like(await importOriginal({ from: source.url, into: destination.url }), { ...none, read: 300, created: 300 })
  t.deepEqual(await imported(destination), await expected(source))
  const everything = async () => await Promise.all(['inventory', 'machine_facts', 'collectors', 'machine_clock', 'machine_changes'].map(async (table) => await destination.query(`select * from ${table} order by 1`)))
  const before = await everything()
  t.like(await importOriginal({ from: source.url, into: destination.url }), { ...none, complete: true, read: 300, unchanged: 300 })
  t.deepEqual(await everything(), before)
})

onEach('a machine that is there keeps its live values, and gains an older created_at and what it lacks', async (t, destination) => {
  const machines = await open(t, destination.url)
  const [bare, labelled, older] = [1, 2, 3].map((number) => ({ ...sampleReport({ hostname: 'live' }), machine_id: machineId(number) }))
  for (const report of [bare!, labelled!, older!]) await machines.save(report)
  await machines.update(labelled!.machine_id, { computer_model: 'Ours', computer_activation: new Date('2025-05-05T00:00:00Z'), activation_days: 0 })
  const before = await imported(destination)
  const told = { computer_model: 'Theirs', computer_activation: '2019-03-15 00:00:00.000000', activation_days: 7 }
  const from = await original(t, [
    originalRow(1, { ...told, created_at: '2020-01-01 00:00:00.000000', updated_at: '2020-02-02 00:00:00.000000' }),
    originalRow(2, { ...told, created_at: '2099-01-01 00:00:00.000000' }),
    originalRow(3, { computer_model: '', created_at: '2020-01-01 00:00:00.000000' }),
    originalRow(4, told)
  ])
  t.like(await importOriginal({ from, into: destination.url }), { ...none, read: 4, created: 1, completed: 2, unchanged: 1 })
  const after = await imported(destination)
  t.deepEqual(after.slice(0, 3), [
    { ...before[0], computer_model: 'Theirs', computer_activation: '2019-03-15T04:00:00.000Z', activation_days: 7, created_at: '2020-01-01T04:00:00.000Z' },
    before[1],
    { ...before[2], created_at: '2020-01-01T04:00:00.000Z' }
  ])
  t.like(await machines.find(bare!.machine_id), { hostname: 'live', facts: bare!.facts }, 'its facts too')
})

onEach('a server that is running sees the machines, and reports go on top of them', async (t, destination) => {
  const machines = await open(t, destination.url)
  await machines.save(sampleReport({ hostname: 'before' }))
  t.is((await machines.list()).count, 1)
  await importOriginal({ from: fixture('original-sqlite.db'), into: destination.url })
  const { machines: [first], count } = await machines.list({ sort: 'created_at', dir: 'desc', limit: 1000 })
  t.is(count, 301)
  const { outcome, machine } = await machines.save({ ...sampleReport({ hostname: 'reported' }), machine_id: first!.machine_id })
  t.is(outcome, 'updated')
  t.deepEqual([machine.hostname, machine.created_at, machine.computer_model], ['reported', first!.created_at, first!.computer_model])
})

test.serial('a local time becomes the instant that it was in the zone, by the daylight saving of its day', async (t) => {
  const times = [
    ['2018-07-01 12:00:00.000000', '2018-07-01T15:00:00.000Z'],
    ['2018-12-01 12:00:00.123999', '2018-12-01T14:00:00.123Z'], // daylight saving; what is finer than a millisecond is cut
    ['2019-12-01 12:00:00', '2019-12-01T15:00:00.000Z'], // abolished in 2019
    ['2018-02-17 23:30:00.000000', '2018-02-18T01:30:00.000Z'], // came twice: the first
    ['2018-11-04 00:00:00.000000', '2018-11-04T03:00:00.000Z'], // never came: the day began at 1:00
    ['2018-11-04 03:00:00+00:00', '2018-11-04T03:00:00.000Z'] // an offset that is there is believed
  ]
  const from = await original(t, times.map(([local], number) => originalRow(number, { created_at: local, updated_at: local, computer_activation: local })))
  const destination = await another(t, 'sqlite')
  t.like(await importOriginal({ from, into: destination.url, timeZone: 'America/Sao_Paulo' }), { ...none, time_zone: 'America/Sao_Paulo', created: times.length })
  for (const [number, row] of (await imported(destination)).entries()) {
    for (const column of instants) t.is(row[column], times[number]![1], `${column} ${times[number]![0]}`)
  }
})

onEach('MySQL’s single-precision numbers arrive as the shortest decimal that they stand for, its times to the second', async (t, source) => {
  const values = [4.348729, 50.927002, 0.1, 99.99, 16777216, 1e-7, 12.34567, 0]
  await source.query(originalTable('mysql'))
  for (const [number, cpu] of values.entries()) {
    const row = originalRow(number, { cpu_percent: cpu, created_at: '2026-11-24 01:55:12', computer_activation: number === 0 ? '0000-00-00' : null })
    await source.query(`set statement sql_mode = '' for insert into inventory (${Object.keys(row).join()}) values (${Object.values(row).map((value) => value === null ? 'null' : `'${String(value)}'`).join()})`)
  }
  const destination = await another(t, 'sqlite')
  const { altered } = await importOriginal({ from: source.url, into: destination.url })
  const rows = await imported(destination)
  t.deepEqual(rows.map(({ cpu_percent: cpu }) => cpu), values)
  t.is(rows[0]!.created_at, '2026-11-24T05:55:12.000Z')
  t.deepEqual(altered, [{ machine_id: machineId(0), column: 'computer_activation', reason: 'is 0000-00-00 00:00:00, no time; unknown now' }])
}, ['mysql'])

test.serial('the shortest decimal of a single-precision number is stored as the same bits', (t) => {
  const singles = new Float32Array(1)
  const bits = new Uint32Array(singles.buffer)
  for (let step = 0; step < 20_000; step++) {
    bits[0] = step * 214_013 + 2_531_011
    const single = singles[0]!
    t.true(Object.is(Math.fround(shortestFloat(single)!), single) || Number.isNaN(single))
  }
  t.is(shortestFloat(null), null)
})

onEach('what PostgreSQL alone can hold becomes unknown, and is told', async (t, source) => {
  await source.query(originalTable('postgresql'))
  await source.query(`insert into inventory (machine_id, hostname, ip, os, cpu_percent, memory_total_mb, computer_activation, created_at, updated_at) values
    ('${machineId(1)}', 'h', '', 'linux', 'NaN', 9007199254740993, 'infinity', '2026-01-01 00:00:00.123456+00', null),
    ('${machineId(2)}', 'h', '', 'linux', 'Infinity', -1, '0044-03-15 BC', '-infinity', '2026-01-02 12:00:00+03'),
    ('${machineId(3)}', 'h', '', 'linux', -5e300, 9007199254740991, null, '-infinity', 'infinity')`)
  const destination = await another(t, 'postgresql')
  const { altered, refused, created } = await importOriginal({ from: source.url, into: destination.url })
  t.is(created, 2)
  t.deepEqual(refused, [{ machine_id: machineId(3), reason: 'neither created_at nor updated_at is a time' }])
  t.deepEqual(altered.map(({ machine_id: id, column }) => `${Number(id)} ${column}`).sort(), [
    '1 computer_activation', '1 cpu_percent', '1 memory_total_mb', '2 computer_activation', '2 cpu_percent', '2 created_at'
  ])
  const [first, second] = await imported(destination)
  t.like(first, { cpu_percent: null, memory_total_mb: null, computer_activation: null, created_at: '2026-01-01T00:00:00.123Z' })
  t.like(second, { cpu_percent: null, memory_total_mb: -1, created_at: '2026-01-02T09:00:00.000Z', updated_at: '2026-01-02T09:00:00.000Z' })
}, ['postgresql'])

onEach('what SQLite took and a column can’t hold becomes unknown or is cut, and is told; no machine is lost for it', async (t, destination) => {
  const from = await original(t, [
    originalRow(1, { hostname: '😀'.repeat(101), ip: 'x'.repeat(46), os_version: Buffer.from('bytes'), cpu_percent: 'much' }),
    originalRow(2, { memory_total_mb: 2n ** 53n, memory_used_mb: 1.5, activation_days: 2 ** 31, computer_model: 'a\0b' }),
    originalRow(3, { cpu_percent: Infinity, computer_activation: 'soon', created_at: 'once', updated_at: '2026-11-24 00:00:00.000000' }),
    originalRow(4, { cpu_percent: -5e300, memory_total_mb: -1, activation_days: -1, hostname: '' })
  ])
  const { altered, refused, created } = await importOriginal({ from, into: destination.url })
  t.is(created, 4)
  t.deepEqual(refused, [])
  t.deepEqual(altered.map(({ machine_id: id, column }) => `${Number(id)} ${column}`).sort(), [
    '1 cpu_percent', '1 hostname', '1 ip', '1 os_version', '2 activation_days', '2 computer_model', '2 memory_total_mb', '2 memory_used_mb',
    '3 computer_activation', '3 cpu_percent', '3 created_at'
  ])
  const rows = await imported(destination)
  t.like(rows[0], { hostname: '😀'.repeat(100), ip: 'x'.repeat(45), os_version: null, cpu_percent: null })
  t.like(rows[1], { memory_total_mb: null, memory_used_mb: null, activation_days: null, computer_model: 'a\ufffdb' })
  t.like(rows[2], { cpu_percent: null, computer_activation: null, created_at: '2026-11-24T04:00:00.000Z', last_seen: '2026-11-24T04:00:00.000Z' })
  t.like(rows[3], { cpu_percent: -5e300, memory_total_mb: -1, activation_days: -1, hostname: '' })
  t.like(await importOriginal({ from, into: destination.url }), { created: 0, completed: 0, unchanged: 4 }, 'run again it changes nothing')
  const machines = await open(t, destination.url)
  const streamed: string[] = []
  for await (const some of machines.stream()) streamed.push(...some.map(({ hostname }) => hostname))
  t.is(streamed[0], '', 'a name that is empty is the first, in a page as in a stream')
  const first = await machines.list({ limit: 1 })
  t.is(first.machines[0]!.hostname, '')
  t.deepEqual((await machines.list({ limit: 10, cursor: first.next! })).machines.map(({ hostname }) => hostname), streamed.slice(1))
})

onEach('a machine_id in upper case is lowered; one that no agent could report under is refused by name, and the rest goes on', async (t, destination) => {
  const upper = machineId(0xabc).toUpperCase()
  const from = await original(t, [
    originalRow(1, { machine_id: upper, created_at: '2026-01-02 00:00:00.000000' }),
    originalRow(2, { machine_id: upper.toLowerCase(), created_at: '2026-01-01 00:00:00.000000', computer_model: 'OptiPlex' }),
    originalRow(3, { machine_id: 'by hand' }), originalRow(4, { machine_id: '' }), originalRow(5, { machine_id: Buffer.from('\u0001') }),
    originalRow(6, { machine_id: '0'.repeat(63) + 'g' }), originalRow(7, { os: Buffer.from('x') }), originalRow(8)
  ])
  const { refused, ...counts } = await importOriginal({ from, into: destination.url })
  t.like(counts, { read: 8, created: 2, completed: 1 })
  t.deepEqual(refused.map(({ machine_id: id }) => id).sort(), ['', '\u0001', '0'.repeat(63) + 'g', machineId(7), 'by hand'].sort())
  const rows = await imported(destination)
  t.deepEqual(rows.map(({ machine_id: id }) => id), [machineId(8), machineId(0xabc)])
  t.like(rows[1], { hostname: 'srv-1', created_at: '2026-01-01T04:00:00.000Z', computer_model: 'OptiPlex' })
})

onEach('a row that the database itself refuses is told, and sinks no other', async (t, destination) => {
  const machines = await open(t, destination.url)
  await machines.ping()
  const refuse = {
    sqlite: ["create trigger no before insert on inventory when new.hostname = 'srv-700' begin select raise(abort, 'not this one'); end"],
    postgresql: ["alter table inventory add constraint not_this_one check (hostname <> 'srv-700')"],
    mysql: ["alter table inventory add constraint not_this_one check (hostname <> 'srv-700')"]
  }[destination.kind]
  for (const statement of refuse) await destination.query(statement)
  const from = await original(t, Array.from({ length: 1200 }, (_, number) => originalRow(number)))
  const { created, refused } = await importOriginal({ from, into: destination.url })
  t.is(created, 1199)
  t.is(refused.length, 1)
  t.is(refused[0]!.machine_id, machineId(700))
  t.regex(refused[0]!.reason, /not.this.one/)
})

onEach('an import that is ended keeps whole portions, and another run completes it', async (t, destination) => {
  const from = await original(t, Array.from({ length: 1200 }, (_, number) => originalRow(number)))
  const ended = new AbortController()
  const first = await importOriginal({ from, into: destination.url, signal: ended.signal, onProgress: () => ended.abort() })
  t.like(first, { complete: false, read: 500, created: 500 })
  t.is((await imported(destination)).length, 500)
  const progress: unknown[] = []
  t.like(await importOriginal({ from, into: destination.url, onProgress: (one) => { progress.push(one) } }), { complete: true, read: 1200, created: 700, unchanged: 500 })
  t.deepEqual(progress, [{ read: 500, total: 1200 }, { read: 1000, total: 1200 }, { read: 1200, total: 1200 }])
})

onEach('the original is read as it stood at the start, though it goes on meanwhile', async (t, source) => {
  await source.query(originalTable(source.kind))
  const numbers = Array.from({ length: 1200 }, (_, number) => `('${machineId(number)}', 'h', '', 'linux', 1, 1, '2026-01-01 00:00:00')`)
  await source.query(`insert into inventory (machine_id, hostname, ip, os, cpu_percent, memory_total_mb, created_at) values ${numbers.join()}`)
  const destination = await another(t, 'sqlite')
  let changed: Promise<unknown> | undefined
  const summary = await importOriginal({ from: source.url, into: destination.url, onProgress: () => { changed ??= source.query("delete from inventory where hostname = 'h'") } })
  await changed
  t.like(summary, { read: 1200, created: 1200 })
  t.is((await source.query('select * from inventory')).length, 0)
}, ['postgresql', 'mysql'])

onEach('nothing is written to the original, not even by what its own database does as it is read', async (t, source) => {
  const postgresql = source.kind === 'postgresql'
  await source.query('create table written (a integer)')
  await source.query(originalTable(source.kind).replace('inventory', 'machines'))
  await source.query(`insert into machines (machine_id, hostname, ip, os, cpu_percent, memory_total_mb, created_at) values ('${machineId(1)}', 'h', '', 'linux', 1, 1, '2026-01-01 00:00:00')`)
  await source.query(postgresql
    ? "create function noted() returns integer language sql as 'insert into written values (1) returning 1'"
    : 'create function noted() returns integer modifies sql data begin insert into written values (1); return 1; end')
  await source.query('create view inventory as select * from machines where noted() = 1')
  const destination = await another(t, 'sqlite')
  await t.throwsAsync(importOriginal({ from: source.url, into: destination.url }), { code: 'TATUSCAN_STORE_UNUSABLE', message: postgresql ? /read-only/ : /no table inventory/ }) // MySQL hides a view that it can't run
  t.deepEqual(await source.query('select * from written'), [])
}, ['postgresql', 'mysql'])

/** Each file of a folder with its bytes. */
async function contents (folder: string): Promise<[string, Buffer][]> {
  return await Promise.all((await readdir(folder)).sort().map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(folder, name))]))
}

test.serial('the original’s file and its folder stay as they were, whatever state they are in', async (t) => {
  const [home, copies] = [tmpdir(), await temporary(t)]
  const { TMPDIR } = process.env
  process.env.TMPDIR = copies
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  })
  const rows = Array.from({ length: 3000 }, (_, number) => originalRow(number))
  const make: Record<string, (file: string) => Promise<void>> = {
    'as the original leaves it': async (file) => writeOriginal(file, rows),
    'in WAL mode, closed': async (file) => {
      writeOriginal(file, rows)
      const database = new Sqlite(file)
      database.pragma('journal_mode = wal')
      database.close()
    },
    'in WAL mode, copied while it was open': async (file) => {
      const live = join(await temporary(t, home), basename(file))
      const more = `${live}-more`
      writeOriginal(live, rows.slice(0, 2000))
      writeOriginal(more, rows.slice(2000))
      const database = new Sqlite(live)
      database.pragma('journal_mode = wal')
      database.exec(`attach '${more}' as more; insert into inventory select * from more.inventory`)
      for (const suffix of ['', '-wal']) await copyFile(live + suffix, file + suffix)
      database.close()
    },
    'after a crash amid a transaction': async (file) => {
      const live = join(await temporary(t, home), basename(file))
      writeOriginal(live, rows)
      const database = new Sqlite(live)
      database.pragma('cache_size = 5')
      database.exec("begin; update inventory set hostname = 'never committed'")
      for (const suffix of ['', '-journal']) await copyFile(live + suffix, file + suffix)
      database.exec('rollback')
      database.close()
    }
  }
  for (const [state, prepare] of Object.entries(make)) {
    const folder = await temporary(t, home)
    await prepare(join(folder, 'original.db'))
    const before = await contents(folder)
    const destination = await another(t, 'sqlite')
    t.like(await importOriginal({ from: join(folder, 'original.db'), into: destination.url }), { ...none, read: 3000, created: 3000 }, state)
    t.deepEqual(await destination.query("select count(*) as count from inventory where hostname like 'srv-%'"), [{ count: 3000 }], state)
    t.deepEqual(await contents(folder), before, state)
  }
  t.deepEqual((await readdir(copies)).filter((name) => name.startsWith('tatuscan-import-')), [], 'no copy is left')
})

onEach('what is no database of the original is refused, and no database is made for it', async (t, { kind, url, query }) => {
  const destination = await another(t, 'sqlite')
  const file = fileOf(destination.url)
  const refused = async (why: RegExp) => {
    const error = await t.throwsAsync(importOriginal({ from: url, into: destination.url }), { code: 'TATUSCAN_STORE_UNUSABLE', message: why })
    t.notRegex(error!.message, /\n/)
    t.deepEqual(await readdir(dirname(file)), [], 'nothing is made')
  }
  await query('create table other (a integer)')
  await refused(/it is not the original TatuScan’s: it has no table inventory$/)
  await query(originalTable(kind).replace(/ip VARCHAR\(45\) NOT NULL,/, '').replace(/activation_days INTEGER,/, ''))
  await refused(/its table inventory has no ip, activation_days$/)
  await query('drop table inventory')
  await query(originalTable(kind).replace(/,\s*PRIMARY KEY \(machine_id\)/, ''))
  for (let twice = 0; twice < 2; twice++) {
    await query("insert into inventory (machine_id, hostname, ip, os, cpu_percent, memory_total_mb, created_at) values ('a', 'h', '', 'linux', 1, 1, '2026-01-01 00:00:00')")
  }
  await refused(/its table inventory has 2 rows, but 1 machine ids$/)
})

onEach('our own database is refused as what it is, and one that is both ends of the import', async (t, own) => {
  await open(t, own.url).then(async (machines) => await machines.ping())
  const destination = await another(t, 'sqlite')
  await t.throwsAsync(importOriginal({ from: own.url, into: destination.url }), { code: 'TATUSCAN_STORE_UNUSABLE', message: /it is TatuScan’s own already/ })
  await t.throwsAsync(importOriginal({ from: own.url, into: own.url }), { code: 'TATUSCAN_STORE_UNUSABLE', message: /can't be imported into itself/ })
})

onEach('the original’s database is never imported into itself, under whatever name', async (t, source) => {
  await fillWithOriginal(source)
  const before = await source.query('select * from inventory order by machine_id')
  const other = source.kind === 'sqlite' ? join(dirname(fileOf(source.url)), '.', basename(fileOf(source.url))) : source.url.replace('127.0.0.1', 'localhost')
  for (const into of [source.url, other]) {
    await t.throwsAsync(importOriginal({ from: source.url, into }), { code: 'TATUSCAN_STORE_UNUSABLE', message: /into itself|it is the original TatuScan's/ })
  }
  t.deepEqual(await source.query('select * from inventory order by machine_id'), before)
})

test.serial('a source that is not there, is no database or is damaged is told in one line', async (t) => {
  const folder = await temporary(t)
  const into = `sqlite:${join(folder, 'new', 'tatuscan.db')}`
  const bytes = await readFile(fixture('original-sqlite.db'))
  const pages = Array.from({ length: bytes.length / 4096 }, (_, page) => page * 4096)
  const last = pages.findLast((page) => bytes[page] === 0x0d)! // rows that only a look through the whole file comes to before it is imported
  await writeFile(join(folder, 'damaged.db'), bytes.fill(0xff, last + 8, last + 4096))
  await writeFile(join(folder, 'text.db'), 'hello, this is no database at all, though it is long enough to be one')
  await writeFile(join(folder, 'empty.db'), '')
  await mkdir(join(folder, 'folder.db'))
  for (const [name, why] of [
    ['absent.db', /there is no such file/], ['text.db', /it is no SQLite database/], ['empty.db', /no table inventory/], ['folder.db', /it is a folder/], ['damaged.db', /it is damaged/]
  ] as const) {
    const error = await t.throwsAsync(importOriginal({ from: join(folder, name), into }), { code: 'TATUSCAN_STORE_UNUSABLE', message: why })
    t.notRegex(error!.message, /\n/)
  }
  for (const from of ['postgresql://someone:secret@127.0.0.1:1/x', 'mysql+pymysql://someone:secret@127.0.0.1:1/x']) {
    const error = await t.throwsAsync(importOriginal({ from, into }), { code: 'TATUSCAN_STORE_UNUSABLE', message: /can't be imported: .*ECONNREFUSED/ })
    t.notRegex(error!.message, /secret|\n/)
  }
  t.deepEqual((await readdir(folder)).sort(), ['damaged.db', 'empty.db', 'folder.db', 'text.db'])
})
