import type { CredentialStore } from '@tatuscan/core'
import { createAccounts, type Accounts } from '@tatuscan/server-auth'
import { storage } from '@tatuscan/server-storage'
import Fastify from 'fastify'

export interface OpenCredentials {
  readonly credentials: CredentialStore
  readonly accounts: Accounts
  close (): Promise<void>
}

/** Opens the database that `serve` uses, also while it does. */
export async function openCredentials (databaseUrl: string): Promise<OpenCredentials> {
  const app = Fastify()
  await app.register(storage, { url: databaseUrl })
  const { credentials } = app
  return { credentials, accounts: createAccounts(credentials), close: async () => await app.close() }
}
