import manifest from '../../package.json' with { type: 'json' }
import { TatuScanError } from '@tatuscan/core'
import type { DatabaseAddress } from '../database-url.ts'
import type { Dialect } from './dialect.ts'

/**
 * The dialect of a database, whose driver is loaded only now.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where the driver is not installed
 */
export async function openDialect (address: DatabaseAddress): Promise<Dialect> {
  return await withDriver(address.kind, async () => {
    switch (address.kind) {
      case 'sqlite': return (await import('./sqlite.ts')).sqlite(address.file)
      case 'postgresql': return (await import('./postgresql.ts')).postgresql(address.url)
      case 'mysql': return await (await import('./mysql.ts')).mysqlOrMariadb(address.url)
    }
  })
}

/** Runs what loads the driver of a kind. @throws {TatuScanError} TATUSCAN_INVALID_OPTION where the driver is not installed */
export async function withDriver<Result> (kind: DatabaseAddress['kind'], load: () => Promise<Result>): Promise<Result> {
  try {
    return await load()
  } catch (error) {
    throw missingDriver(error, kind) ?? error
  }
}

/** What has to be installed beside this package, in the versions that it was made with. */
const drivers = {
  postgresql: ['@mikro-orm/postgresql', 'pg'],
  mysql: ['@mikro-orm/mysql', 'mysql2']
} as const

function missingDriver (error: unknown, kind: DatabaseAddress['kind']): TatuScanError | undefined {
  const { code, message } = error as { code?: unknown, message: string }
  const missing = code === 'ERR_MODULE_NOT_FOUND' ? /^Cannot find package '([^']+)'/.exec(message)?.[1] : undefined
  if (missing === undefined || kind === 'sqlite') return undefined
  const { peerDependencies } = manifest
  const packages = drivers[kind].map((name) => `${name}@${peerDependencies[name]}`).join(' ')
  return new TatuScanError('TATUSCAN_INVALID_OPTION', `the driver for ${kind} is not installed (${missing} is missing); run: npm install ${packages}`, { cause: error })
}
