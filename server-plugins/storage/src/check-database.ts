import { messageOf, TatuScanError } from '@tatuscan/core'
import { sql, type Kysely } from 'kysely'
import type { DatabaseAddress } from './database-url.ts'
import { entities } from './entities.ts'
import { migrationNames } from './migrations/index.ts'
import type { Tables } from './rows.ts'

export const migrationTable = 'tatuscan_migrations'

/**
 * Looks at whose database it is, and of which version.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE for the original's, a newer one, and one that can't be written to
 */
export async function checkDatabase (db: Kysely<Tables>, address: DatabaseAddress): Promise<void> {
  const tables = (await db.introspection.getTables()).map(({ name }) => name)
  const migrations = tables.includes(migrationTable)
    ? (await sql<{ name: string }>`select name from ${sql.table(migrationTable)}`.execute(db)).rows.map(({ name }) => name)
    : undefined
  checkOwner({ tables, migrations }, address)
}

/**
 * Looks for each table and column of ours, in a database that is up to date, and for the one row of each clock.
 *
 * @param read gives the rows of a statement
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE where any is missing; what `read` throws goes into its message
 */
export async function checkTables (read: (text: string) => Promise<readonly unknown[]>, address: DatabaseAddress): Promise<void> {
  for (const { meta: { tableName: table, properties } } of entities) {
    const isClock = table.endsWith('_clock')
    const rows = await read(`select ${Object.keys(properties).join()} from ${table}${isClock ? '' : ' where 1 = 0'}`).catch((error: unknown) => { throw damaged(address, messageOf(error), error) })
    if (isClock && rows.length !== 1) throw damaged(address, `${table} has ${rows.length} rows in the place of one`)
  }
}

/** Writes, and takes it back. */
export async function checkWritable (db: Kysely<Tables>): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`begin`.execute(connection)
    await sql`update machine_clock set seq = seq + 1`.execute(connection)
    await sql`rollback`.execute(connection)
  })
}

/** Refuses what is not ours. A server's database may hold a host's own tables beside ours; a SQLite file may not. */
export function checkOwner ({ tables, migrations }: { tables: readonly string[], migrations: readonly string[] | undefined }, address: DatabaseAddress): void {
  if (migrations !== undefined) {
    const unknown = migrations.find((name) => !migrationNames.includes(name))
    if (unknown !== undefined) throw unusable(address, `a newer TatuScan made it (it has ${unknown}); nothing was changed. Install that version, or name another database`)
    const skipped = migrationNames.slice(0, migrations.length).find((name) => !migrations.includes(name))
    if (skipped !== undefined) throw damaged(address, `of how its tables were made ${skipped} is missing`)
  } else if (tables.includes('inventory')) {
    throw unusable(address, `it is the original TatuScan's; nothing was changed. To keep its machines, ${takeOver(address)}`)
  } else if (address.kind === 'sqlite' && tables.length > 0) {
    throw unusable(address, 'it is another program’s; nothing was changed. Move it aside, or name another file')
  }
}

/** How to take over the original's database; the command comes last, so that it can be copied. */
function takeOver (address: DatabaseAddress): string {
  if (address.kind !== 'sqlite') {
    const { protocol, host, pathname } = address.url
    return `make a new database, name it in TATUSCAN_DATABASE_URL, start again, and run: tatuscan import ${protocol}//USER:PASSWORD@${host}${pathname}`
  }
  const aside = `${address.file}.original`
  return `move it aside, for example to ${aside}, start again, and run: tatuscan import ${/^[\w./:\\-]+$/.test(aside) ? aside : `"${aside}"`}`
}

export function damaged (address: DatabaseAddress, what: string, cause?: unknown): TatuScanError {
  const anew = address.kind === 'sqlite' ? 'move it aside and start anew' : 'name another database'
  return unusable(address, `it is damaged (${what}); nothing was changed. Restore a backup, or ${anew}`, cause)
}

export function unusable ({ name }: DatabaseAddress, why: string, cause?: unknown): TatuScanError {
  return new TatuScanError('TATUSCAN_STORE_UNUSABLE', `the database ${name} can't be used: ${why}`, { cause })
}
