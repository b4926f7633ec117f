import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { CompiledQuery, SqliteDialect, sql, type DatabaseConnection, type Kysely, type SqliteDatabase, type SqliteStatement } from 'kysely'
import { messageOf } from '@tatuscan/core'
import { jsonPath, once, placeholders, portions, scanByKey, scanned, type Dialect, type FactsScan } from './dialect.ts'
import type { Tables } from '../rows.ts'

/** SQLite, through better-sqlite3: one connection, which runs each statement to its end at once. */
export function sqlite (file: string): Dialect {
  const text = once()
  let database: SqliteDatabase
  const run = (sql: string, parameters: readonly unknown[] = []): { changes: number | bigint } => database.prepare(sql).run(parameters)
  return {
    kind: 'sqlite',
    driver: async () => (await import('@mikro-orm/sqlite')).SqliteDriver,
    dbName: file,
    kysely: new SqliteDialect({
      database: async () => (database = withStatementCache(new Sqlite(file))),
      onCreateConnection: async (connection) => await prepare(connection, file)
    }),
    columns: {
      machineId: 'varchar(64)',
      text: (length) => `varchar(${length})`,
      long: 'text',
      double: 'double',
      instant: 'datetime',
      table: '',
      clustered: ' without rowid',
      quote: (name) => name,
      json: true
    },
    upsert: (table, rows, keys, kept) => [...portions(rows)].map((portion) => {
      const columns = Object.keys(portion[0]!)
      return {
        text: text(`upsert ${table} ${kept.join()} ${portion.length}`, () => {
          const set = columns.filter((column) => !keys.includes(column) && !kept.includes(column)).map((column) => `${column} = excluded.${column}`)
          return `insert into ${table} (${columns.join()}) values ${placeholders(portion.length, columns.length)} on conflict (${keys.join()}) do update set ${set.join()}`
        }),
        parameters: portion.flatMap((row) => Object.values(row) as unknown[])
      }
    }),
    byMachine: (table, ids, collector) => [...portions(ids)].map((portion) => ({
      text: text(`by machine ${table} ${collector === undefined} ${portion.length}`, () =>
        `select * from ${table} where ${collector === undefined ? '' : 'collector = ? and '}machine_id in ${placeholders(1, portion.length)}`),
      parameters: collector === undefined ? portion : [collector, ...portion]
    })),
    async scan (db, what, take) {
      if (what.table === 'machine_facts') await scanFacts(db, what, take)
      else await scanByKey(db, { key: 'rowid', select: `select rowid, ${what.columns.join()} from inventory`, after: 0, upTo: Number.MAX_SAFE_INTEGER }, take)
    },
    instants: { bind: (iso) => iso, read: (value) => value },
    async tick (tx) {
      const { rows } = await sql<{ seq: number }>`update machine_clock set seq = seq + 1 returning seq`.execute(tx)
      return rows[0]!.seq
    },
    required: [],
    /** A row at a time: what SQLite does at once costs no more for being many statements. */
    async writeAtOnce (db, { seq, ids, seen, columns, values, facts }) {
      return await db.connection().execute(async () => { // alone on the connection
        run('begin')
        try {
          const next = run('update machine_clock set seq = ? where seq = ?', [seq, seq - 1]).changes === 1
          if (next) {
            const update = database.prepare(text(`update ${columns.join()}`, () => `update inventory set ${['last_seen', 'updated_at', ...columns].map((column) => `${column} = ?`).join()} where machine_id = ?`))
            ids.split(' ').forEach((id, index) => { update.run([seen, seen, ...values.map((column) => column[index]), id]) })
            const updateFacts = database.prepare('update machine_facts set facts = ? where collector = ? and machine_id = ?')
            facts.ids.forEach((id, index) => { updateFacts.run([facts.texts[index], facts.collectors[index], id]) })
            run('insert into machine_changes (seq, machine_ids) values (?, ?)', [seq, ids])
          }
          run('commit')
          return next
        } catch (error) {
          try { run('rollback') } catch {} // SQLite may have rolled back by itself
          throw error
        }
      })
    },
    /**
     * A transaction here holds the whole file from its start. What the migrator does before its own can meet another
     * server's, and is then done again. From now on whoever else holds the file is waited for briefly, since that stops
     * the event loop.
     */
    async alone (db, body) {
      await patiently(body)
      await sql`pragma busy_timeout = 100`.execute(db)
    },
    fault (error) {
      const { code } = error as { code?: unknown }
      if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined
      if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return 'retry'
      return /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|MISUSE|TOOBIG)/.test(code) ? undefined : 'outage'
    }
  }
}

/**
 * A stretch of the table at a time, however few of its rows are asked for: a statement holds the event loop until it ends.
 * Machines that have the same come as one row where a value is looked for, since each row that comes costs more than to find it.
 */
async function scanFacts<Row extends object> (db: Kysely<Tables>, { collector, at, holding }: FactsScan, take: (rows: Row[]) => Promise<void>): Promise<void> {
  const select = `select machine_id, ${at.length === 0 ? '' : 'facts -> ? as '}facts from machine_facts`
  const place = at.length === 0 ? [] : [jsonPath(at)]
  if (holding === undefined) {
    await scanByKey(db, { key: 'machine_id', select, where: 'collector = ?', parameters: [...place, collector], after: '', upTo: 'g' }, take)
    return
  }
  const run = async <Found extends object> (text: string, parameters: readonly unknown[]) => (await db.executeQuery<Found>(CompiledQuery.raw(text, [...parameters]))).rows
  for (let after = ''; after !== 'g';) {
    const [last] = await run<{ machine_id: string }>(`select machine_id from machine_facts where collector = ? and machine_id > ? order by machine_id limit 1 offset ${scanned - 1}`, [collector, after])
    const upTo = last?.machine_id ?? 'g'
    const found = `${select} where collector = ? and machine_id > ? and machine_id <= ? and instr(facts, ?) > 0`
    const text = at.length === 0 ? found : `select group_concat(machine_id, '') as machine_id, facts from (${found}) group by facts`
    await take(await run<Row>(text, [...place, collector, after, upTo, holding]))
    after = upTo
  }
}

/**
 * better-sqlite3 gives synchronous=FULL only to the run that makes a WAL database, so each connection says it. The log is
 * copied into the database every 16 MiB, so that pages that many reports touch are copied once; sooner where the disk has
 * little room, since a log that fills it could not be copied any more. The cache of 8 MB holds the rows of some 15,000
 * machines.
 */
async function prepare (connection: DatabaseConnection, file: string): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(file))
  const pages = Math.max(250, Math.min(4000, Math.floor(bavail * bsize / pageSize / 8)))
  for (const pragma of ['busy_timeout = 10000', 'journal_mode = wal', 'synchronous = full', 'cache_size = -8000', `wal_autocheckpoint = ${pages}`]) {
    await patiently(async () => await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`))) // a change to WAL waits for nobody
  }
}

/** Does again what another server that starts at the same time has spoilt. */
async function patiently (body: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await body()
      return
    } catch (error) {
      if (attempt === 100 || !/already exists|is locked/.test(messageOf(error))) throw error
      await sleep(100)
    }
  }
}

const pageSize = 4096

/**
 * A SQLite database that prepares each text once: preparing a statement of 64 rows takes longer than running it.
 * Statements run to their end at once, so one can serve again and again. A transaction may write from its start, so that
 * a writer elsewhere makes it wait rather than fail.
 */
export function withStatementCache (database: SqliteDatabase, size = 200): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    prepare (given) {
      const text = given === 'begin' ? 'begin immediate' : given
      let statement = statements.get(text)
      if (statement === undefined) {
        statement = database.prepare(text)
        if (statements.size >= size) statements.delete(statements.keys().next().value!) // the oldest
        statements.set(text, statement)
      }
      return statement
    },
    close () {
      statements.clear()
      database.close()
    }
  }
}
