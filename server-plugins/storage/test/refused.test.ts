import { execFileSync } from 'node:child_process'
import { copyFile, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import Fastify from 'fastify'
import { sampleReport } from '@tatuscan/core/testing'
import { readDatabaseUrl } from '../src/database-url.ts'
import { storage } from '../src/index.ts'
import { openDatabase } from '../src/open-database.ts'
import { createDatabase, onEach, type TestDatabase } from './databases.ts'

/** A SQLite database with some machines, closed. */
async function filled (t: ExecutionContext): Promise<{ file: string, url: string }> {
  const { url, drop } = await createDatabase('sqlite')
  t.teardown(drop)
  const app = Fastify()
  await app.register(storage, { url })
  await Promise.all(Array.from({ length: 300 }, async (_, index) => await app.machines.save(sampleReport({ hostname: `machine-${index}`, facts: { sample: { text: 'x'.repeat(500) } } }))))
  await app.close()
  return { file: url.slice('sqlite:'.length), url }
}

/** Opening is refused in one line that says why, and neither the file nor its folder has changed. */
async function refused (t: ExecutionContext, file: string, message: RegExp): Promise<void> {
  const before = await readFile(file)
  const files = await readdir(dirname(file))
  const error = await t.throwsAsync(openDatabase(readDatabaseUrl(file)), { code: 'TATUSCAN_STORE_UNUSABLE', message })
  t.false(error!.message.includes('\n'))
  t.true(error!.message.includes(file))
  t.true(before.equals(await readFile(file)), 'the bytes are the same')
  t.deepEqual((await readdir(dirname(file))).filter((name) => !/-(wal|shm)$/.test(name)), files.filter((name) => !/-(wal|shm)$/.test(name)))
}

test('a file that is no database is refused', async (t) => {
  const { file } = await filled(t)
  await writeFile(file, 'just a text, and no database at all')
  await refused(t, file, /no SQLite database.*Move it aside/)
})

test('another program’s database is refused', async (t) => {
  const { file } = await filled(t)
  const other = join(dirname(file), 'other.db')
  const database = new Sqlite(other)
  database.exec('create table customers (id integer)')
  database.close()
  await refused(t, other, /another program’s.*Move it aside/)
})

test('a file with nothing but a view, and one whose table has a name much like SQLite’s own, are another program’s', async (t) => {
  const { file } = await filled(t)
  for (const [name, text] of [['view.db', 'create view v as select 1'], ['notes.db', 'create table sqlite3_notes (id integer)']] as const) {
    const other = join(dirname(file), name)
    const database = new Sqlite(other)
    database.exec(text)
    database.close()
    await refused(t, other, /another program’s.*Move it aside/)
  }
})

onEach('a database of ours that has lost a table, a column, the row of a clock or part of the list of its migrations is refused', async (t, { kind, url, query }) => {
  await (await openDatabase(readDatabaseUrl(url))).close()
  for (const [text, back, why] of [
    ['drop table machine_changes', 'create table machine_changes (seq bigint not null primary key, machine_ids text not null)', /damaged \(.*machine_changes.*Restore a backup/],
    ['alter table inventory drop column turns', 'alter table inventory add column turns text null', /damaged \(.*turns.*Restore a backup/],
    ['delete from machine_clock', 'insert into machine_clock (seq) values (0)', /damaged \(machine_clock has 0 rows in the place of one\).*Restore a backup/],
    ["delete from tatuscan_migrations where name = '003-turns'", "insert into tatuscan_migrations (name, executed_at) values ('003-turns', '2030-01-01')", /damaged \(.*003-turns is missing.*Restore a backup/]
  ] as const) {
    await query(text)
    if (kind === 'sqlite') {
      const database = new Sqlite(url.slice('sqlite:'.length))
      database.pragma('journal_mode = delete') // or nothing of the file would tell that it was opened to be written to
      database.close()
      await refused(t, url.slice('sqlite:'.length), why)
    } else await t.throwsAsync(openDatabase(readDatabaseUrl(url)), { code: 'TATUSCAN_STORE_UNUSABLE', message: why }, text)
    await query(back)
    await (await openDatabase(readDatabaseUrl(url))).close()
  }
  if (kind !== 'sqlite') return
  await query('delete from tatuscan_migrations')
  await refused(t, url.slice('sqlite:'.length), /damaged \(it has tables, but no list.*Restore a backup/)
})

test('a database that a newer TatuScan made is refused', async (t) => {
  const { file } = await filled(t)
  const database = new Sqlite(file)
  database.exec("insert into tatuscan_migrations (name, executed_at) values ('999-future', '2030-01-01')")
  database.pragma('wal_checkpoint(truncate)')
  database.close()
  await refused(t, file, /newer TatuScan made it \(it has 999-future\)/)
})

test('a truncated database is refused, wherever it was cut', async (t) => {
  const { file } = await filled(t)
  const { size } = await stat(file)
  for (const kept of [50, 100, 2048, 4096, size >> 1, size - 4096, size - 1]) {
    const cut = join(dirname(file), `cut-${kept}.db`)
    await copyFile(file, cut)
    await truncate(cut, kept)
    await refused(t, cut, /damaged.*Restore a backup|no SQLite database/)
  }
})

test('a database whose schema or pages are damaged is refused', async (t) => {
  const { file } = await filled(t)
  const bytes = await readFile(file)
  const pages = bytes.length / 4096
  t.true(pages > 20)
  for (const page of [0, 5, 10, 15]) {
    const damaged = join(dirname(file), `damaged-${page}.db`)
    const changed = Buffer.from(bytes)
    changed.fill(0xFF, page * 4096 + (page === 0 ? 100 : 0), (page + 1) * 4096)
    await writeFile(damaged, changed)
    await refused(t, damaged, /damaged.*Restore a backup/)
  }
})

test('a folder, a pipe or a device in the place of the file, and one that can’t be made, are refused in one line', async (t) => {
  const { file } = await filled(t)
  const pipe = join(dirname(file), 'pipe.db')
  execFileSync('mkfifo', [pipe])
  for (const path of [dirname(file), pipe, '/dev/null', join(file, 'below-a-file.db'), '/proc/none/tatuscan.db']) {
    const error = await t.throwsAsync(openDatabase(readDatabaseUrl(path)), { code: 'TATUSCAN_STORE_UNUSABLE' })
    t.false(error!.message.includes('\n'))
  }
})

const servers = ['postgresql', 'mysql'] as const

onEach('an original’s database is refused, and its tables stay as they were', async (t, database) => {
  await database.query('create table inventory (machine_id varchar(64) primary key, hostname varchar(100) not null)')
  await database.query("insert into inventory values ('x', 'kept')")
  await t.throwsAsync(openDatabase(readDatabaseUrl(database.url)), { code: 'TATUSCAN_STORE_UNUSABLE', message: /original TatuScan's.*tatuscan import/ })
  t.deepEqual(await database.query('select hostname from inventory'), [{ hostname: 'kept' }])
  t.deepEqual(await tables(database), ['inventory'])
})

onEach('a host’s own tables beside ours disturb nobody', async (t, database) => {
  await database.query('create table customers (id integer)')
  const { close } = await openDatabase(readDatabaseUrl(database.url))
  await close()
  t.true((await tables(database)).includes('customers'))
  t.true((await tables(database)).includes('inventory'))
}, servers)

onEach('a database of a newer TatuScan is refused', async (t, database) => {
  await (await openDatabase(readDatabaseUrl(database.url))).close()
  await database.query("insert into tatuscan_migrations (name) values ('999-future')")
  await t.throwsAsync(openDatabase(readDatabaseUrl(database.url)), { code: 'TATUSCAN_STORE_UNUSABLE', message: /newer TatuScan/ })
}, servers)

onEach('a server that can’t be reached, a database that is not there, and a wrong password are told in one line without the password', async (t, database) => {
  const url = new URL(database.url)
  url.password = 'secret'
  for (const [part, value] of [['port', '1'], ['pathname', '/none_such'], ['username', 'nobody_such'], ['hostname', 'host.invalid']] as const) {
    const changed = new URL(url)
    changed[part] = value
    const error = await t.throwsAsync(openDatabase(readDatabaseUrl(changed.href)), { code: 'TATUSCAN_STORE_UNUSABLE' })
    t.false(error!.message.includes('secret'), error!.message)
    t.false(error!.message.includes('\n'), error!.message)
    t.regex(error!.message, /can't be used: .+/)
    t.log(error!.message)
  }
}, servers)

onEach('a database that takes no writes is refused', async (t, database) => {
  await (await openDatabase(readDatabaseUrl(database.url))).close()
  await database.query(`alter database ${new URL(database.url).pathname.slice(1)} set default_transaction_read_only = on`)
  await t.throwsAsync(openDatabase(readDatabaseUrl(database.url)), { code: 'TATUSCAN_STORE_UNUSABLE', message: /read-only/ })
}, ['postgresql'])

async function tables ({ kind, query }: TestDatabase): Promise<string[]> {
  const rows = await query<{ name: string }>(kind === 'sqlite'
    ? "select name from sqlite_master where type = 'table'"
    : `select table_name as name from information_schema.tables where table_schema = ${kind === 'mysql' ? 'database()' : 'current_schema()'}`)
  return rows.map(({ name }) => name)
}
