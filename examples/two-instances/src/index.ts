import Fastify, { type FastifyInstance } from 'fastify'
import { api } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { storage } from '@tatuscan/server-storage'

/**
 * One process, two inventories that know nothing of one another, each on a database of its own.
 *
 * @param databases a `sqlite:` URL by prefix: `{ '/office': 'sqlite:office.db', '/school': 'sqlite:school.db' }`
 */
export async function twoInstances (databases: Readonly<Record<string, string>>): Promise<FastifyInstance> {
  const app = Fastify()
  for (const [prefix, url] of Object.entries(databases)) {
    await app.register(async (instance) => {
      await instance.register(storage, { url })
      await instance.register(ingest)
      await instance.register(api)
    }, { prefix })
  }
  return app
}
