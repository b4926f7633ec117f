import type { CredentialStore } from '@tatuscan/core'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../open-database.ts'
import type { Tables } from '../rows.ts'
import { reading, transaction } from '../transactions.ts'
import { agentKeys } from './agent-keys.ts'
import { people } from './people.ts'
import { remembered, type Remembered } from './remembered.ts'
import { tokens } from './tokens.ts'
import { gatherUses, type Uses } from './uses.ts'

export interface ClosableCredentials extends CredentialStore {
  /** Resolves when the last uses are written, as far as they can be. */
  settled (): Promise<void>
}

/** What each part of the store works with. */
export interface Access {
  read<Result>(body: (db: Kysely<Tables>) => Promise<Result>): Promise<Result>
  /** A transaction that changes who may do what: one goes after another, whichever server it is of. */
  change<Result>(body: (tx: Kysely<Tables>) => Promise<Result>): Promise<Result>
  readonly answers: Remembered
  readonly uses: Uses
}

/** `app.credentials` on a database. */
export function createCredentialStore (database: Database): ClosableCredentials {
  const { db } = database
  const read: Access['read'] = async (body) => await reading(database, async () => await body(db))
  const answers = remembered(async () => await read(async (db) => Number((await db.selectFrom('tatuscan_credential_clock').select('seq').executeTakeFirstOrThrow()).seq)))
  const access: Access = {
    read,
    async change (body) {
      try {
        return await transaction(database, async (tx) => {
          await sql`update tatuscan_credential_clock set seq = seq + 1`.execute(tx) // its lock makes the others wait
          return await body(tx)
        })
      } finally {
        answers.forget()
      }
    },
    answers,
    uses: gatherUses(async (uses) => await transaction(database, async (tx) => {
      const hashes = [...uses.keys()].sort()
      const at = Math.max(...uses.values()) // seconds apart at most
      for (let from = 0; from < hashes.length; from += 500) {
        const some = hashes.slice(from, from + 500)
        for (const table of ['tatuscan_agent_keys', 'tatuscan_tokens'] as const) await tx.updateTable(table).set({ last_used_at: at }).where('hash', 'in', some).execute()
      }
    }))
  }
  return {
    ...people(access),
    ...tokens(access),
    ...agentKeys(access),
    epoch: answers.epoch,
    async settled () {
      await access.uses.flush().catch(() => {})
    }
  }
}
