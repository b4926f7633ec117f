import { TatuScanError, type Access, type CredentialStore, type MachineStore, type Requester } from '@tatuscan/core'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createCredentialStore } from './credentials/credential-store.ts'
import { readDatabaseUrl } from './database-url.ts'
import { keepTicks } from './keep-ticks.ts'
import { createMachineStore } from './machine-store.ts'
import { openDatabase } from './open-database.ts'
import { defaultThresholds, type StatusThresholds } from './status.ts'

export { backupDatabase, type Backup, type BackupOptions } from './backup.ts'
export { readDatabaseUrl } from './database-url.ts'
export { importOriginal, type ImportOptions, type ImportProgress, type ImportSummary } from './import-original.ts'
export type { AlteredValue, RefusedMachine } from './original/read-row.ts'
export type { StatusThresholds } from './status.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where machines are kept. */
    machines: MachineStore
    /** Where it is kept who may do what. */
    credentials: CredentialStore
  }

  interface FastifyRequest {
    /** Who asks; undefined where nobody looks. */
    requester?: Requester | undefined
  }

  interface FastifyContextConfig {
    /** Who may use the route. */
    access?: Access
    /** Whether people look at it in a browser: who must log in first is sent there. */
    page?: boolean
    /** Whether a supervisor asks it how the server is: it is always answered. */
    probe?: boolean
    /** Whether clients of the original may use it too, where they are allowed. */
    original?: boolean
  }
}

/** Which database, and how it is used. */
export interface StorageOptions {
  /**
   * `sqlite:` and a file, which is made where there is none with its folder; `postgresql://…`; or `mysql://…`, which
   * takes MariaDB too. SQLAlchemy's forms, as the original has them, are understood.
   */
  readonly url: string
  /** When a machine counts as late, stale and lost. */
  readonly status?: Partial<StatusThresholds>
}

async function plugin (app: FastifyInstance, { url, status }: StorageOptions): Promise<void> {
  if (typeof url !== 'string') throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'storage needs the option url, such as sqlite:/var/lib/tatuscan/tatuscan.db')
  const thresholds = { ...defaultThresholds, ...status }
  const { late, stale, lostDays } = thresholds
  if (!(late > 0 && stale >= late && lostDays > 0)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `status needs late above 0, stale no less than late, and lostDays above 0; got ${JSON.stringify(thresholds)}`)
  keepTicks()
  const database = await openDatabase(readDatabaseUrl(url))
  const { drained, warm, ...machines } = createMachineStore(database, thresholds)
  app.decorate('machines', machines)
  const { settled, ...credentials } = createCredentialStore(database)
  app.decorate('credentials', credentials)
  app.addHook('onListen', async () => { warm().catch(() => {}) }) // whoever asks first would meet the same error
  app.addHook('onClose', async () => {
    await drained()
    await settled()
    await database.close()
  })
}

/** Fastify plugin: decorates the instance with `app.machines` and `app.credentials` on a database, and closes it with the instance. */
export const storage = fp(plugin, { name: '@tatuscan/server-storage', fastify: '5.x' })

export default storage
