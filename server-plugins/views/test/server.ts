import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storage } from '@tatuscan/server-storage'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'

/** A Fastify with real storage on a database of its own, which goes with it. */
export async function openServer (options: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-views-'))
  const app = Fastify(options) as unknown as FastifyInstance
  // onClose hooks run last in, first out: the folder goes when the database is closed
  app.addHook('onClose', async () => await rm(folder, { recursive: true }))
  await app.register(storage, { url: `sqlite:${join(folder, 'tatuscan.db')}` })
  return app
}
