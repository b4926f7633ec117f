import type { CredentialStore } from '@tatuscan/core'
import type { Access } from './credential-store.ts'
import { tokenOf } from './rows.ts'

type Tokens = Pick<CredentialStore, 'tokens' | 'addToken' | 'findToken' | 'removeToken'>

/** Tokens of scripts. */
export function tokens ({ read, change, answers, uses }: Access): Tokens {
  return {
    tokens: async () => await read(async (db) => (await db.selectFrom('tatuscan_tokens').selectAll().orderBy('created_at').orderBy('id').execute()).map(tokenOf)),
    async addToken ({ id, name, role, hash, expires_at = null }) {
      await change(async (tx) => {
        await tx.insertInto('tatuscan_tokens')
          .values({ id, name, role, hash, created_at: Date.now(), last_used_at: null, expires_at: expires_at?.getTime() ?? null }).execute()
      })
    },
    async findToken (hash) {
      const token = await answers.find(`token ${hash}`, async () => await read(async (db) =>
        await db.selectFrom('tatuscan_tokens').selectAll().where('hash', '=', hash).executeTakeFirst()))
      if (token === undefined || (token.expires_at !== null && token.expires_at <= Date.now())) return undefined
      uses.note(hash, token.last_used_at)
      return tokenOf(token)
    },
    async removeToken (id) {
      return await change(async (tx) => (await tx.deleteFrom('tatuscan_tokens').where('id', '=', id).executeTakeFirst()).numDeletedRows > 0n)
    }
  }
}
