import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import swagger from '@fastify/swagger'
import type { ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance, type FastifyServerOptions, type RouteOptions } from 'fastify'
import type { PersonRole, TokenRole } from '@tatuscan/core'
import { api, openapiOptions } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { metrics } from '@tatuscan/server-metrics'
import { storage } from '@tatuscan/server-storage'
import { views } from '@tatuscan/server-views'
import { csrfTokenOf } from '../src/csrf.ts'
import { createAccounts, auth, type AuthOptions } from '../src/index.ts'
import { hashSecret, makeSecret, prefixes } from '../src/secrets.ts'

export const enrolSecret = 'an enrolment secret of the test'
export const password = 'correct horse battery'

export interface TestServer {
  readonly app: FastifyInstance
  /** The file of its database. */
  readonly file: string
  readonly routes: readonly RouteOptions[]
  /** A cookie and a CSRF token of somebody who is logged in. */
  session (name?: string, expires?: Date): Promise<{ readonly cookie: string, readonly 'x-csrf-token': string }>
  token (role: TokenRole, days?: number): Promise<{ readonly id: string, readonly authorization: string }>
  /** The key of a machine, as `Authorization`. */
  key (machineId: string): Promise<{ readonly authorization: string }>
}

const everybody: readonly (readonly [name: string, role: PersonRole])[] = [['ana', 'admin'], ['bia', 'viewer']]

/** The whole server below a prefix or none, with an admin called ana and a viewer called bia, on a database of its own unless one is named. */
export async function serve (
  t: ExecutionContext, { prefix = '', database, trustProxy = false, people = everybody, ...options }: AuthOptions & { logger?: object, database?: string, trustProxy?: string[] | false, people?: typeof everybody } = {}
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-auth-'))
  const { logger, ...rest } = options
  const app: FastifyInstance = Fastify({ pluginTimeout: 120_000, trustProxy, ...logger !== undefined && { logger } } as FastifyServerOptions)
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => { routes.push(route) })
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  await app.register(swagger, openapiOptions)
  const file = join(folder, 'test.db')
  await app.register(storage, { url: database ?? `sqlite:${file}` })
  await app.register(auth, { enrolSecret, prefix, ...rest })
  await app.register(metrics, { prefix })
  await app.register(ingest, { prefix })
  await app.register(api, { prefix })
  await app.register(views, { prefix })
  await app.ready()
  const { credentials } = app
  // Without hashing: what a test doesn't log in with needs no password
  for (const [name, role] of people) await credentials.addUser({ name, role, password: 'none' })
  return {
    app,
    file,
    routes,
    async session (name = 'ana', expires = new Date(Date.now() + 60_000)) {
      const session = makeSecret()
      await credentials.openSession({ hash: hashSecret(session), user: name, password: (await credentials.passwordOf(name))!, expires_at: expires })
      return { cookie: `tatuscan_session=${session}`, 'x-csrf-token': csrfTokenOf(session) }
    },
    async token (role, days) {
      const { id, token } = await createAccounts(credentials).createToken({ role, ...days !== undefined && { days } })
      return { id, authorization: `Bearer ${token}` }
    },
    async key (machineId) {
      const key = makeSecret(prefixes.key)
      await credentials.enrol({ hash: hashSecret(key), machine_id: machineId, quietSince: new Date(Date.now() + 86_400_000) }) // takes the place of one that is there
      return { authorization: `Bearer ${key}` }
    }
  }
}
