import type { CredentialStore } from '@tatuscan/core'
import type { Access } from './credential-store.ts'
import { sessionOf, userOf } from './rows.ts'

type People = Pick<CredentialStore, 'users' | 'passwordOf' | 'addUser' | 'setPassword' | 'removeUser' | 'openSession' | 'findSession' | 'closeSession'>

/** People, and their sessions. */
export function people ({ read, change, answers }: Access): People {
  return {
    users: async () => await read(async (db) => (await db.selectFrom('tatuscan_users').selectAll().orderBy('name').execute()).map(userOf)),
    passwordOf: async (name) => await read(async (db) =>
      (await db.selectFrom('tatuscan_users').select('password').where('name', '=', name).executeTakeFirst())?.password),
    async addUser ({ name, role, password }, { first = false } = {}) {
      return await change(async (tx) => {
        const users = tx.selectFrom('tatuscan_users').select('name').limit(1)
        if (await users.where('name', '=', name).executeTakeFirst() !== undefined) return false
        if (first && await users.where('role', '=', 'admin').executeTakeFirst() !== undefined) return false
        await tx.insertInto('tatuscan_users').values({ name, role, password, created_at: Date.now(), last_login_at: null }).execute()
        return true
      })
    },
    async setPassword (name, password) {
      return await change(async (tx) => {
        await tx.deleteFrom('tatuscan_sessions').where('user_name', '=', name).execute()
        // MySQL counts what is other than before, and a new hash always is
        const { numUpdatedRows } = await tx.updateTable('tatuscan_users').set({ password }).where('name', '=', name).executeTakeFirst()
        return numUpdatedRows > 0n
      })
    },
    async removeUser (name) {
      return await change(async (tx) => {
        const admins = await tx.selectFrom('tatuscan_users').select('name').where('role', '=', 'admin').execute()
        if (admins.length === 1 && admins[0]!.name === name) return 'last-admin'
        await tx.deleteFrom('tatuscan_sessions').where('user_name', '=', name).execute()
        const { numDeletedRows } = await tx.deleteFrom('tatuscan_users').where('name', '=', name).executeTakeFirst()
        return numDeletedRows > 0n ? 'removed' : 'unknown'
      })
    },
    async openSession ({ hash, user, password, expires_at }) {
      const now = Date.now()
      return await change(async (tx) => {
        await tx.deleteFrom('tatuscan_sessions').where('expires_at', '<=', now).execute()
        const known = await tx.selectFrom('tatuscan_users').select('password').where('name', '=', user).executeTakeFirst()
        if (known?.password !== password) return false
        await tx.updateTable('tatuscan_users').set({ last_login_at: now }).where('name', '=', user).execute()
        await tx.insertInto('tatuscan_sessions').values({ hash, user_name: user, created_at: now, expires_at: expires_at.getTime() }).execute()
        return true
      })
    },
    async findSession (hash) {
      const session = await answers.find(`session ${hash}`, async () => await read(async (db) => await db.selectFrom('tatuscan_sessions')
        .innerJoin('tatuscan_users', 'tatuscan_users.name', 'tatuscan_sessions.user_name')
        .select(['user_name', 'role', 'tatuscan_sessions.created_at', 'expires_at']).where('hash', '=', hash).executeTakeFirst()))
      return session === undefined || session.expires_at <= Date.now() ? undefined : sessionOf(session)
    },
    async closeSession (hash) {
      return await change(async (tx) => (await tx.deleteFrom('tatuscan_sessions').where('hash', '=', hash).executeTakeFirst()).numDeletedRows > 0n)
    }
  }
}
