import Fastify, { type FastifyInstance } from 'fastify'
import { ingest } from '@tatuscan/server-ingest'
import { storage } from '@tatuscan/server-storage'
import { views } from '@tatuscan/server-views'

export interface ExistingAppOptions {
  /** `sqlite:` and a file. */
  readonly database: string
  /** The passwords of the people who may look, by name. */
  readonly people: Readonly<Record<string, string>>
}

/**
 * An application that was there before TatuScan: a route and a login of its own. Machines report to
 * `/fleet/api/machines`; people who are logged in look at `/inventory`.
 */
export async function existingApp ({ database, people }: ExistingAppOptions): Promise<FastifyInstance> {
  const app = Fastify()

  app.get('/', async () => 'The application that was here before')

  await app.register(async (fleet) => {
    await fleet.register(storage, { url: database })
    await fleet.register(ingest, { prefix: '/fleet' })
    await fleet.register(async (behindLogin) => {
      behindLogin.addHook('onRequest', async (request, reply) => {
        const [name = '', password = ''] = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString().split(':')
        if (!Object.hasOwn(people, name) || people[name] !== password) {
          return await reply.code(401).header('www-authenticate', 'Basic realm="inventory"').send({ error: 'Who are you?' })
        }
      })
      await behindLogin.register(views, { prefix: '/inventory' })
    })
  })

  return app
}
