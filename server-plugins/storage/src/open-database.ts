import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/sqlite'
import Sqlite from 'better-sqlite3'
import { CompiledQuery, SqliteDialect, type DatabaseConnection, type Kysely } from 'kysely'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { entities } from './entities.ts'
import { migrations } from './migrations/index.ts'
import type { Tables } from './rows.ts'
import { withStatementCache } from './statement-cache.ts'

export interface Database {
  readonly db: Kysely<Tables>
  readonly orm: MikroORM
  close (): Promise<void>
}

const migrationTable = 'tatuscan_migrations'

/**
 * Opens a SQLite database, making the file and its folder where there is none, and brings its schema up to date.
 *
 * @param file an absolute path
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE, having changed nothing, where the file is no database or not ours
 */
export async function openDatabase (file: string): Promise<Database> {
  await checkHeader(file)
  const orm = await MikroORM.init({
    dbName: file,
    entities,
    extensions: [Migrator],
    migrations: { tableName: migrationTable, migrationsList: migrations, snapshot: false, silent: true },
    driverOptions: new SqliteDialect({
      database: async () => withStatementCache(new Sqlite(file)),
      onCreateConnection: async (connection) => await prepare(connection, file)
    }),
    debug: false
  }).catch((error: unknown) => { throw unusable(file, messageOf(error), error) })
  try {
    const db = orm.em.getKysely<Tables>()
    await db.introspection.getTables() // connects, so that a file that is not ours is told from a migration that fails
    await orm.migrator.up()
    return { db, orm, close: async () => await orm.close(true) }
  } catch (error) {
    await orm.close(true)
    throw error instanceof TatuScanError ? error : unusable(file, messageOf(error), error)
  }
}

/** What every connection needs before its first use: a look at whose database this is, then durable commits. */
async function prepare (connection: DatabaseConnection, file: string): Promise<void> {
  const { rows } = await connection.executeQuery<{ name: string }>(CompiledQuery.raw("select name from sqlite_master where type = 'table'"))
  const tables = rows.map(({ name }) => name)
  if (tables.length > 0 && !tables.includes(migrationTable)) {
    const whose = tables.includes('inventory') ? "the original TatuScan's" : 'not TatuScan’s'
    throw unusable(file, `it is ${whose} database; nothing was changed. Move it aside, or name another file`)
  }
  // better-sqlite3 gives synchronous=FULL only to the run that makes a WAL database, so each connection says it.
  // The log is copied into the database every 16 MiB: pages that many reports touch are then copied once.
  for (const pragma of ['busy_timeout = 5000', 'journal_mode = wal', 'synchronous = full', 'wal_autocheckpoint = 4000']) {
    await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`))
  }
}

async function checkHeader (file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await using handle = await open(file, 'a+')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
    if (bytesRead > 0 && buffer.toString('latin1') !== 'SQLite format 3\0') throw unusable(file, 'it is no SQLite database; nothing was changed')
  } catch (error) {
    throw error instanceof TatuScanError ? error : unusable(file, `it can't be opened: ${messageOf(error)}`, error)
  }
}

function unusable (file: string, why: string, cause?: unknown): TatuScanError {
  return new TatuScanError('TATUSCAN_STORE_UNUSABLE', `the database ${file} can't be used: ${why}`, { cause })
}
