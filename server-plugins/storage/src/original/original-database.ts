import { messageOf, TatuScanError } from '@tatuscan/core'
import { migrationTable } from '../check-database.ts'
import type { DatabaseAddress } from '../database-url.ts'
import { withDriver } from '../dialects/index.ts'

/** The columns of the original's one table, `inventory`. */
export const originalColumns = [
  'machine_id', 'hostname', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'computer_model',
  'computer_activation', 'activation_days', 'created_at', 'updated_at'
] as const

export type OriginalColumn = typeof originalColumns[number]

/** How long a server may take to answer at first, in milliseconds: longer than ours may, since only a person waits. */
export const connectMs = 10_000

/** A row as its database holds it: numbers may come as text; times are text, without offset where they are local. */
export type OriginalRow = Readonly<Record<OriginalColumn, unknown>>

/** A connection by which nothing can be written. */
export interface OriginalConnection {
  /** The names of a table's columns; none where there is no such table. */
  columns (table: string): Promise<readonly string[]>
  /** How many rows `inventory` has, and how many machine ids. */
  count (): Promise<{ readonly rows: number, readonly ids: number }>
  /** Every row of `inventory`, at most so many at once. */
  portions (size: number): AsyncGenerator<readonly OriginalRow[]>
  close (): Promise<void>
}

export interface OriginalDatabase {
  readonly total: number
  /** @throws {TatuScanError} TATUSCAN_STORE_UNAVAILABLE where it can't be read on */
  portions (size: number): AsyncGenerator<readonly OriginalRow[]>
  close (): Promise<void>
}

/**
 * Opens a database of the original for reading alone.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE where it is another's, or can't be read
 */
export async function openOriginal (address: DatabaseAddress): Promise<OriginalDatabase> {
  let connection: OriginalConnection | undefined
  try {
    connection = await withDriver(address.kind, async () => await connect(address))
    const total = await check(connection)
    const { portions, close } = connection
    return {
      total,
      async * portions (size) {
        try {
          yield * portions(size)
        } catch (error) {
          throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', `${address.name} can't be read on: ${messageOf(error)}`, { cause: error })
        }
      },
      close
    }
  } catch (error) {
    await connection?.close().catch(() => {})
    if (error instanceof TatuScanError) throw error
    throw new TatuScanError('TATUSCAN_STORE_UNUSABLE', `the database ${address.name} can't be imported: ${messageOf(error)}`, { cause: error })
  }
}

async function connect (address: DatabaseAddress): Promise<OriginalConnection> {
  switch (address.kind) {
    case 'sqlite': return await (await import('./sqlite.ts')).originalOnSqlite(address.file)
    case 'postgresql': return await (await import('./postgresql.ts')).originalOnPostgresql(address.url)
    case 'mysql': return await (await import('./mysql.ts')).originalOnMysql(address.url)
  }
}

/** @returns how many machines it has */
async function check (connection: OriginalConnection): Promise<number> {
  if ((await connection.columns(migrationTable)).length > 0) {
    throw new Error('it is TatuScan’s own already, not the original’s; to use it as it is, name it in TATUSCAN_DATABASE_URL and run: tatuscan serve')
  }
  const columns = await connection.columns('inventory')
  if (columns.length === 0) throw new Error('it is not the original TatuScan’s: it has no table inventory')
  const missing = originalColumns.filter((column) => !columns.includes(column))
  if (missing.length > 0) throw new Error(`it is not the original TatuScan’s: its table inventory has no ${missing.join(', ')}`)
  const { rows, ids } = await connection.count()
  // Rows are read in the order of machine_id, so none may share one; the original's primary key sees to that
  if (ids < rows) throw new Error(`it is not the original TatuScan’s: its table inventory has ${rows} rows, but ${ids} machine ids`)
  return rows
}
