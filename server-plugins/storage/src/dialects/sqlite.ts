import { SqliteDriver } from '@mikro-orm/sqlite'
import Sqlite from 'better-sqlite3'
import { CompiledQuery, SqliteDialect, sql, type DatabaseConnection, type SqliteDatabase, type SqliteStatement } from 'kysely'
import { once, placeholders, portions, type Dialect } from './dialect.ts'

/** SQLite, through better-sqlite3: one connection, which runs each statement to its end at once. */
export function sqlite (file: string): Dialect {
  const text = once()
  return {
    kind: 'sqlite',
    driver: SqliteDriver,
    dbName: file,
    kysely: new SqliteDialect({ database: async () => withStatementCache(new Sqlite(file)), onCreateConnection: prepare }),
    columns: {
      machineId: 'varchar(64)',
      text: (length) => `varchar(${length})`,
      long: 'text',
      double: 'double',
      instant: 'datetime',
      table: '',
      clustered: ' without rowid',
      inventory: '',
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
    instants: { bind: (iso) => iso, read: (value) => value },
    async tick (tx) {
      const { rows } = await sql<{ seq: number }>`update machine_clock set seq = seq + 1 returning seq`.execute(tx)
      return rows[0]!.seq
    },
    alone: async (_db, body) => await body(), // a transaction here holds the whole file from its start
    fault (error) {
      const { code } = error as { code?: unknown }
      if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined
      if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return 'retry'
      return /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|MISUSE|TOOBIG)/.test(code) ? undefined : 'outage'
    }
  }
}

/**
 * better-sqlite3 gives synchronous=FULL only to the run that makes a WAL database, so each connection says it. The log is
 * copied into the database every 16 MiB: pages that many reports touch are then copied once. Whoever holds the file is
 * waited for briefly, since waiting stops the event loop; the store then tries again.
 */
async function prepare (connection: DatabaseConnection): Promise<void> {
  for (const pragma of ['busy_timeout = 100', 'journal_mode = wal', 'synchronous = full', 'wal_autocheckpoint = 4000']) {
    await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`))
  }
}

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
