import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { ServerSecrets } from './server-secrets.ts'
import type { ServerSettings } from './server-settings.ts'

/** Tells at the start who gets in, how the first admin does, and what lets more in than usual. */
export async function tellAccess (app: FastifyInstance, log: Logger, { url, server, secrets }: {
  readonly url: string, readonly server: ServerSettings, readonly secrets: ServerSecrets | undefined
}): Promise<void> {
  if (secrets === undefined) return log.warn(`nobody is asked who they are (--auth none): whoever reaches ${url} reads, changes and deletes`)
  if (secrets.enrolSecretFile !== undefined) log.info(`agents enrol with the secret in ${secrets.enrolSecretFile}`)
  const networks = server.allowOriginal.join(', ')
  if (networks !== '') log.warn(`reports without a key are taken from ${networks} (--allow-original): anybody there can report a machine that has no key; such machines are marked as unverified`)
  const setup = await app.setupPath()
  if (setup !== undefined) log.warn(`there is no admin yet: open this link, which holds once, to make the first admin: ${new URL(setup, server.publicUrl ?? url).href}`)
}
