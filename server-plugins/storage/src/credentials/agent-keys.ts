import type { CredentialStore } from '@tatuscan/core'
import type { Kysely } from 'kysely'
import type { Tables } from '../rows.ts'
import type { Access } from './credential-store.ts'
import { keyOf, type KeyRow } from './rows.ts'

type AgentKeys = Pick<CredentialStore, 'keysOf' | 'isEnrolled' | 'findKey' | 'enrol' | 'rotateKey' | 'releaseKey' | 'removeKeys'>

/** What machines report with. */
export function agentKeys ({ read, change, answers, uses }: Access): AgentKeys {
  return {
    async keysOf (machineId) {
      await uses.flush()
      return await read(async (db) => (await rowsOf(db, machineId)).filter(holds).map(keyOf))
    },
    async isEnrolled (machineId) {
      const keys = await answers.find(`machine ${machineId}`, async () => await read(async (db) => await rowsOf(db, machineId)))
      return keys?.some(holds) === true
    },
    async findKey (hash) {
      const key = await answers.find(`key ${hash}`, async () => await read(async (db) =>
        await db.selectFrom('tatuscan_agent_keys').selectAll().where('hash', '=', hash).executeTakeFirst()))
      if (key === undefined || !holds(key)) return undefined
      uses.note(hash, key.last_used_at)
      return keyOf(key)
    },
    async enrol ({ hash, machine_id, quietSince }) {
      await uses.flush()
      return await change(async (tx) => {
        const before = (await rowsOf(tx, machine_id)).filter(holds)
        const busy = (key: KeyRow) => key.released_at === null && Math.max(key.created_at, key.last_used_at ?? 0) >= quietSince.getTime()
        if (before.some(busy)) return 'in-use'
        await tx.deleteFrom('tatuscan_agent_keys').where('machine_id', '=', machine_id).execute()
        const now = Date.now()
        const taken = before.length > 0
        await tx.insertInto('tatuscan_agent_keys').values({
          hash, machine_id, created_at: now, last_used_at: null, expires_at: null, released_at: null, taken_over_at: taken ? now : null
        }).execute()
        return taken ? 'taken-over' : 'enrolled'
      })
    },
    async rotateKey ({ hash, next, graceUntil }) {
      return await change(async (tx) => {
        const key = await tx.selectFrom('tatuscan_agent_keys').selectAll().where('hash', '=', hash).executeTakeFirst()
        if (key === undefined || !holds(key)) return false
        await tx.deleteFrom('tatuscan_agent_keys').where('machine_id', '=', key.machine_id).where('expires_at', '<=', Date.now()).execute()
        await tx.updateTable('tatuscan_agent_keys').set({ expires_at: graceUntil.getTime() })
          .where('machine_id', '=', key.machine_id).where('expires_at', 'is', null).execute()
        await tx.insertInto('tatuscan_agent_keys').values({ ...key, hash: next, created_at: Date.now(), last_used_at: null, expires_at: null }).execute()
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
