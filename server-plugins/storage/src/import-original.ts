import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { readDatabaseUrl } from './database-url.ts'
import { openDatabase, type Database } from './open-database.ts'
import { openOriginal } from './original/original-database.ts'
import { keptOf, planOf, type Counts } from './original/plan.ts'
import { readRow, type AlteredValue, type RefusedMachine } from './original/read-row.ts'
import { refuseSame } from './original/refuse-same.ts'
import type { InventoryRow } from './rows.ts'
import { readInventory, recordChanges, writeRows } from './statements.ts'
import { reading, transaction } from './transactions.ts'

/** Which database of the original is read, and who is told how far it is. */
export interface ImportOptions {
  /** The URL of the original's database, which is only read. A plain path is a SQLite file. */
  readonly from: string
  /** The URL of our own, which is made where there is none, and may be served meanwhile. */
  readonly into: string
  /** The time zone of times without offset, as SQLite and MySQL hold them: the original's TIMEZONE. @default 'America/Cuiaba' */
  readonly timeZone?: string
  /** Ends the import after the portion that is under way. Another run goes on from there. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ImportProgress) => void
}

/** How far an import is. */
export interface ImportProgress {
  /** How many machines have been read, of how many. */
  readonly read: number
  readonly total: number
}

/** What an import did. */
export interface ImportSummary {
  /** The two databases, as people may see them: without passwords. */
  readonly from: string
  readonly into: string
  /** The time zone that times without offset were read in. */
  readonly time_zone: string
  /** False where it was ended before all was read. */
  readonly complete: boolean
  /** How many machines were read: the sum of the next three, and of those refused. */
  readonly read: number
  /** Those that were not there yet. */
  readonly created: number
  /** Those that were there, and have gained an older created_at, a missing model, activation or activation_days. */
  readonly completed: number
  /** Those that were there, and had all that. */
  readonly unchanged: number
  readonly refused: readonly RefusedMachine[]
  readonly altered: readonly AlteredValue[]
}

/** How many machines share a transaction, and are read at once. */
const portion = 500

/**
 * Brings the machines of a database of the original into one of ours. A machine that is there already keeps what it is,
 * and gains an older created_at, a model, an activation date and activation days where it has none. So it may be ended at
 * any point and run again, and run again once it is complete it writes nothing.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE, having changed nothing, where either is not what it should be;
 *   TATUSCAN_STORE_UNAVAILABLE where one of them is lost midway
 */
export async function importOriginal ({ from, into, timeZone = 'America/Cuiaba', signal, onProgress }: ImportOptions): Promise<ImportSummary> {
  const [source, destination] = [readDatabaseUrl(from), readDatabaseUrl(into)]
  const names = { from: source.name, into: destination.name, time_zone: timeZone }
  await refuseSame(source, destination)
  const original = await openOriginal(source)
  try {
    const database = await openDatabase(destination)
    try {
      const done = { read: 0, created: 0, completed: 0, unchanged: 0, refused: [] as RefusedMachine[], altered: [] as AlteredValue[] }
      for await (const given of original.portions(portion)) {
        if (signal?.aborted) return { ...names, complete: false, ...done }
        const rows: InventoryRow[] = []
        for (const one of given) {
          const made = readRow(one, timeZone)
          if ('refused' in made) done.refused.push(made.refused)
          else {
            rows.push(made.row)
            done.altered.push(...made.altered)
          }
        }
        add(done, await keep(database, rows, done.refused))
        done.read += given.length
        onProgress?.({ read: done.read, total: original.total })
      }
      return { ...names, complete: true, ...done }
    } finally {
      await database.close()
    }
  } finally {
    await original.close()
  }
}

/** Writes what is new of these machines, in one transaction; where the database refuses one of them, by halves, until it is alone. */
async function keep (database: Database, rows: readonly InventoryRow[], refused: RefusedMachine[]): Promise<Counts> {
  try {
    return await write(database, rows)
  } catch (error) {
    if (error instanceof TatuScanError) throw error // it is the database itself
    const counts = { created: 0, completed: 0, unchanged: 0 }
    if (rows.length === 1) refused.push({ machine_id: rows[0]!.machine_id, reason: `the database refuses it: ${messageOf(error)}` })
    else for (const half of [rows.slice(0, rows.length / 2), rows.slice(rows.length / 2)]) add(counts, await keep(database, half, refused))
    return counts
  }
}

async function write (database: Database, rows: readonly InventoryRow[]): Promise<Counts> {
  const { db, dialect } = database
  const ids = [...new Set(rows.map(({ machine_id }) => machine_id))]
  const { counts } = planOf(rows, await reading(database, async () => await readInventory(db, dialect, ids)))
  if (counts.unchanged === rows.length) return counts // without a transaction, so that nothing at all changes
  const began = performance.now()
  const result = await transaction(database, async (tx) => {
    const seq = await dialect.tick(tx) // from here on nobody else writes
    const { counts, created, completed } = planOf(rows, await readInventory(tx, dialect, ids))
    await writeRows(tx, dialect, 'inventory', created, { keys: ['machine_id'], kept: [] })
    if (completed[0] !== undefined) await writeRows(tx, dialect, 'inventory', completed, { keys: ['machine_id'], kept: keptOf(completed[0]) })
    const written = [...created, ...completed].map(({ machine_id }) => machine_id)
    if (written.length > 0) await recordChanges(tx, seq, written)
    return counts
  })
  // SQLite lets in whoever asks at the right moment, so a server that asks meanwhile is given as long as this has taken
  if (dialect.kind === 'sqlite') await sleep(performance.now() - began)
  return result
}

function add (sum: { -readonly [Key in keyof Counts]: Counts[Key] }, { created, completed, unchanged }: Counts): void {
  sum.created += created
  sum.completed += completed
  sum.unchanged += unchanged
}
