import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, TatuScanError } from '@tatuscan/core'
import type { Kysely } from 'kysely'
import type { Database } from './open-database.ts'
import type { Tables } from './rows.ts'

/** How long something that the database can't do right now is tried again, in milliseconds. */
const patience = 4000

/**
 * Runs a transaction, again where a deadlock, a lock or a lost connection has undone it.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNAVAILABLE where the database can't be used
 */
export async function transaction<Result> (database: Database, body: (tx: Kysely<Tables>) => Promise<Result>): Promise<Result> {
  return await persistently(database, async () => await database.db.transaction().execute(body))
}

/** Runs what only reads. @throws {TatuScanError} TATUSCAN_STORE_UNAVAILABLE where the database can't be used */
export async function reading<Result> (database: Database, body: () => Promise<Result>): Promise<Result> {
  return await persistently(database, body)
}

async function persistently<Result> ({ dialect }: Database, body: () => Promise<Result>): Promise<Result> {
  const began = performance.now()
  for (let wait = 10; ; wait = Math.min(wait * 2, 500)) {
    try {
      return await body()
    } catch (error) {
      const fault = dialect.fault(error)
      if (fault === undefined) throw error
      if (performance.now() - began + wait > patience) {
        throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', `the database can't be used right now: ${messageOf(error)}`, { cause: error })
      }
      await sleep(wait * (0.5 + Math.random() / 2))
    }
  }
}
