import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { MachineStore } from '@tatuscan/core'
import { storage } from '@tatuscan/server-storage'
import { api } from '../src/index.ts'

export interface Served extends FastifyInstance { readonly file: string }

/** The API on real storage, on a database of its own. */
export async function serve (t: ExecutionContext, options = {}, before: (app: FastifyInstance) => Promise<unknown> = async () => {}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-api-'))
  const file = join(folder, 'test.db')
  const app: FastifyInstance = Fastify()
  await before(app)
  await app.register(storage, { url: `sqlite:${file}` })
  await app.register(api, options)
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  return Object.assign(app, { file })
}

/** The API on real storage with some methods of the host's own in their place. */
export async function serveInstead (t: ExecutionContext, methods: Partial<MachineStore>, options: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const { machines } = await serve(t)
  const app: FastifyInstance = Fastify({ forceCloseConnections: true, ...options })
  app.decorate('machines', { ...machines, ...methods })
  await app.register(api)
  t.teardown(async () => await app.close())
  return app
}

export async function get (app: FastifyInstance, url: string): Promise<any> {
  const answer = await app.inject(url)
  return { statusCode: answer.statusCode, ...answer.json() }
}
