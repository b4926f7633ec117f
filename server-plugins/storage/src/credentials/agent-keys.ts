import type { CredentialStore } from '@tatuscan/core'
import type { Kysely } from 'kysely'
import type { Tables } from '../rows.ts'
import type { Access } from './credential-store.ts'
import { keyOf, type KeyRow } from './rows.ts'

type AgentKeys = Pick<CredentialStore, 'keysOf' | 'isEnrolled' | 'findKey' | 'enrol' | 'rotateKey' | 'releaseKey' | 'removeKeys'>

/** What machines report with. */
export function agentKeys ({ read, change, answers, uses }: Access): AgentKeys {
  /** The first use of a key; those that it was to replace end with it. */
  async function begin (key: KeyRow, graceMs: number): Promise<void> {
    const { hash, machine_id, created_at } = key
    const now = Date.now()
    const isReplaced = (other: KeyRow): boolean => other.expires_at === null && other.created_at < created_at
    if ((await read(async (db) => await rowsOf(db, machine_id))).some(isReplaced)) {
      await change(async (tx) => {
        await tx.updateTable('tatuscan_agent_keys').set({ last_used_at: now }).where('hash', '=', hash).execute()
        await tx.updateTable('tatuscan_agent_keys').set({ expires_at: now + graceMs })
          .where('machine_id', '=', machine_id).where('created_at', '<', created_at).where('expires_at', 'is', null).execute()
      })
    } else uses.note(hash, null)
    key.last_used_at = now // it is the answer that is remembered
  }

  return {
    async keysOf (machineId) {
      await uses.flush()
      return await read(async (db) => (await rowsOf(db, machineId)).filter(holds).map(keyOf))
    },
    async isEnrolled (machineId) {
      const keys = await answers.find(`machine ${machineId}`, async () => await read(async (db) => await rowsOf(db, machineId)))
      return keys?.some(holds) === true
    },
    async findKey (hash, { graceMs = 0 } = {}) {
      const key = await answers.find(`key ${hash}`, async () => await read(async (db) =>
        await db.selectFrom('tatuscan_agent_keys').selectAll().where('hash', '=', hash).executeTakeFirst()))
      if (key === undefined || !holds(key)) return undefined
      if (key.last_used_at === null) await begin(key, graceMs)
      else uses.note(hash, key.last_used_at)
      return keyOf(key)
    },
    async enrol ({ hash, machine_id, quietSince }) {
      await uses.flush()
      return await change(async (tx) => {
        const before = (await rowsOf(tx, machine_id)).filter(holds)
        const busy = ({ released_at, last_used_at }: KeyRow) => released_at === null && last_used_at !== null && last_used_at >= quietSince.getTime()
        if (before.some(busy)) return 'in-use'
        await tx.deleteFrom('tatuscan_agent_keys').where('machine_id', '=', machine_id).execute()
        const now = Date.now()
        const taken = before.some(({ last_used_at }) => last_used_at !== null)
        await tx.insertInto('tatuscan_agent_keys').values({
          hash, machine_id, created_at: now, last_used_at: null, expires_at: null, released_at: null, taken_over_at: taken ? now : null
        }).execute()
        return taken ? 'taken-over' : 'enrolled'
      })
    },
    async rotateKey ({ hash, next }) {
      return await change(async (tx) => {
        const key = await tx.selectFrom('tatuscan_agent_keys').selectAll().where('hash', '=', hash).executeTakeFirst()
        if (key === undefined || key.expires_at !== null) return false
        const now = Date.now()
        await tx.deleteFrom('tatuscan_agent_keys').where('machine_id', '=', key.machine_id)
          .where(({ or, eb }) => or([eb('expires_at', '<=', now), eb('created_at', '>', key.created_at)])).execute()
        const created_at = Math.max(now, key.created_at + 1) // by which it is the newer one, whatever another server's clock says
        await tx.insertInto('tatuscan_agent_keys').values({ ...key, hash: next, created_at, last_used_at: null }).execute()
        return true
      })
    },
    async releaseKey (machineId) {
      return await change(async (tx) => {
        const { numUpdatedRows } = await tx.updateTable('tatuscan_agent_keys').set({ released_at: Date.now() }).where('machine_id', '=', machineId).executeTakeFirst()
        return numUpdatedRows > 0n
      })
    },
    async removeKeys (machineId) {
      return await change(async (tx) => (await tx.deleteFrom('tatuscan_agent_keys').where('machine_id', '=', machineId).executeTakeFirst()).numDeletedRows > 0n)
    }
  }
}

async function rowsOf (db: Kysely<Tables>, machineId: string): Promise<KeyRow[]> {
  return await db.selectFrom('tatuscan_agent_keys').selectAll().where('machine_id', '=', machineId).orderBy('created_at', 'desc').execute()
}

function holds ({ expires_at }: KeyRow): boolean {
  return expires_at === null || expires_at > Date.now()
}
