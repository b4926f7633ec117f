import test from 'ava'
import Fastify from 'fastify'
import { testCredentials, type CredentialFixture } from '@tatuscan/core/testing'
import { storage } from '../src/index.ts'
import { createDatabase, kinds, testOn, type TestDatabase } from './databases.ts'

/** A server's store on a database. */
async function openOn (url: string): Promise<CredentialFixture> {
  const app = Fastify()
  await app.register(storage, { url })
  return { credentials: app.credentials, close: async () => await app.close() }
}

for (const kind of kinds) {
  testCredentials(testOn(kind, test.serial), kind, async (): Promise<CredentialFixture & { readonly database: TestDatabase }> => {
    const database = await createDatabase(kind)
    return { ...await openOn(database.url), database, end: async () => await database.drop() }
  }, { openAgain: async ({ database }) => await openOn(database.url) })
}
