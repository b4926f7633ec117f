import { MikroORM } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { CompiledQuery, type Kysely } from 'kysely'
import { checkDatabase, checkTables, checkWritable, migrationTable } from './check-database.ts'
import type { DatabaseAddress } from './database-url.ts'
import type { Dialect } from './dialects/dialect.ts'
import { openDialect } from './dialects/index.ts'
import { entities } from './entities.ts'
import { checkSqliteFile } from './sqlite-file.ts'
import { migrationsFor } from './migrations/index.ts'
import type { Tables } from './rows.ts'
import { createWriter, type Writer } from './writer/index.ts'

export interface Database {
  readonly db: Kysely<Tables>
  readonly dialect: Dialect
  readonly orm: MikroORM
  readonly writer: Writer
  close (): Promise<void>
}

/**
 * Opens a database, making SQLite's file and its folder where there is none, and brings its schema up to date. Of servers
 * that start together one does so while the others wait.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE, having changed nothing, where it is none, not ours, newer or damaged;
 *   TATUSCAN_INVALID_OPTION where its driver is not installed
 */
export async function openDatabase (address: DatabaseAddress): Promise<Database> {
  if (address.kind === 'sqlite') await checkSqliteFile(address)
  let orm: MikroORM | undefined
  try {
    const dialect = await openDialect(address)
    orm = await MikroORM.init({
      driver: await dialect.driver(),
      driverOptions: dialect.kysely,
      dbName: dialect.dbName,
      entities,
      extensions: [Migrator],
      migrations: { tableName: migrationTable, migrationsList: migrationsFor(dialect.columns), snapshot: false, silent: true },
      ensureDatabase: false,
      debug: false
    })
    const db = (orm.em as unknown as { getKysely (): Kysely<Tables> }).getKysely()
    await checkDatabase(db, address)
    await dialect.alone(db, async () => {
      await orm!.migrator.up()
      await checkTables(async (text) => (await db.executeQuery(CompiledQuery.raw(text))).rows, address)
      await checkWritable(db)
    })
    const writer = createWriter({ db, dialect }, address)
    return {
      db,
      dialect,
      orm,
      writer,
      async close () {
        await writer.close()
        await orm!.close(true)
      }
    }
  } catch (error) {
    await orm?.close(true).catch(() => {})
    throw error instanceof TatuScanError ? error : new TatuScanError('TATUSCAN_STORE_UNUSABLE', `the database ${address.name} can't be used: ${messageOf(error)}`, { cause: error })
  }
}
