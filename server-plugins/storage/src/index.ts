import { TatuScanError, type MachineStore } from '@tatuscan/core'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { sqliteFile } from './database-url.ts'
import { createMachineStore } from './machine-store.ts'
import { openDatabase } from './open-database.ts'
import { defaultThresholds, type StatusThresholds } from './status.ts'

export type { StatusThresholds } from './status.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where machines are kept. */
    machines: MachineStore
  }
}

export interface StorageOptions {
  /** `sqlite:` and a file; the file and its folder are made where there are none. */
  readonly url: string
  /** When a machine counts as late, stale and lost. */
  readonly status?: Partial<StatusThresholds>
}

async function plugin (app: FastifyInstance, { url, status }: StorageOptions): Promise<void> {
  if (typeof url !== 'string') throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'storage needs the option url, such as sqlite:/var/lib/tatuscan/tatuscan.db')
  const database = await openDatabase(sqliteFile(url))
  const { drained, ...machines } = createMachineStore(database.db, { ...defaultThresholds, ...status })
  app.decorate('machines', machines)
  app.addHook('onClose', async () => {
    await drained()
    await database.close()
  })
}

/** Fastify plugin: decorates the instance with `app.machines` on a SQLite database, and closes it with the instance. */
export const storage = fp(plugin, { name: '@tatuscan/server-storage', fastify: '5.x' })

export default storage
