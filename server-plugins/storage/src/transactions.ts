import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { sql, type Kysely } from 'kysely'
import type { Database } from './open-database.ts'
import type { Tables } from './rows.ts'
import { WriteError } from './writer/index.ts'

/** How long something that the database can't do right now is tried again, in milliseconds. */
const patience = 4000

/** How long anything may take, in milliseconds: a request is answered within 5 s, whatever the database does. */
export const limit = 4500

/**
 * Runs a transaction, again where a deadlock, a lock or a lost connection has undone it.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNAVAILABLE where the database can't be used
 */
export async function transaction<Result> (database: Database, body: (tx: Kysely<Tables>) => Promise<Result>): Promise<Result> {
  return await persistently(database, async () => await database.db.connection().execute(async (tx) => {
    await sql`begin`.execute(tx)
    try {
      const result = await body(tx)
      await sql`commit`.execute(tx)
      return result
    } catch (error) {
      await sql`rollback`.execute(tx).catch(() => {}) // SQLite may have rolled back by itself; a lost connection has
      throw error
    }
  }))
}

/**
 * Runs what only reads.
 *
 * @param progress when much that is being read came on last, by `performance.now()`: whoever waits for it is not told that the database doesn't answer
 * @throws {TatuScanError} TATUSCAN_STORE_UNAVAILABLE where the database can't be used
 */
export async function reading<Result> (database: Database, body: () => Promise<Result>, progress?: () => number): Promise<Result> {
  return await persistently(database, body, progress)
}

/**
 * Runs what a deadlock, a lock or a lost connection may undo, again where one has.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNAVAILABLE where the database can't be used
 */
export async function persistently<Result> ({ dialect }: Pick<Database, 'dialect'>, body: () => Promise<Result>, progress?: () => number): Promise<Result> {
  const began = performance.now()
  for (let wait = 10; ; wait = Math.min(wait * 2, 500)) {
    try {
      return await within(limit - (performance.now() - began), body(), progress)
    } catch (error) {
      const fault = error instanceof WriteError ? error.fault : dialect.fault(error)
      if (fault === undefined) throw error
      if (performance.now() - began + wait > patience) throw unavailable(messageOf(error), error)
      await sleep(wait * (0.5 + Math.random() / 2))
    }
  }
}

/**
 * Waits for some work for so many milliseconds, or, where that tells by `performance.now()` when it came on last, from then on.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNAVAILABLE where it takes longer
 */
export async function within<Result> (milliseconds: number, work: Promise<Result>, progress: () => number = () => -Infinity): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([work, new Promise<never>((_resolve, reject) => {
      const watch = (ms: number): void => {
        timer = setTimeout(() => {
          const left = progress() + limit - performance.now()
          if (left > 0) watch(left)
          else reject(unavailable('it does not answer'))
        }, ms)
      }
      watch(milliseconds)
    })])
  } finally {
    clearTimeout(timer)
  }
}

function unavailable (why: string, cause?: unknown): TatuScanError {
  return new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', `the database can't be used right now: ${why}`, { cause })
}
