import { join } from 'node:path'
import { isTimeZone, TatuScanError } from '@tatuscan/core'
import type { ServerConfig } from './config-file.ts'
import { dataFolder } from './data-folder.ts'
import { secret } from './settings.ts'

export interface ServerSettings {
  readonly host: string
  readonly port: number
  readonly databaseUrl: string
  readonly timeZone: string
  /** Below which path everything is, as '/inventory'. @default '' */
  readonly prefix?: string
  readonly plugins: NonNullable<ServerConfig['plugins']>
}

/**
 * What the server works with: flag, then environment (the original's names too), then configuration file, then default.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function readServerSettings (flags: { host?: string | undefined, port?: string | undefined, prefix?: string | undefined }, config: ServerConfig): ServerSettings {
  const { PORT, TIMEZONE, TATUSCAN_DB_DIR, TATUSCAN_DB_FILE } = process.env
  const file = join(TATUSCAN_DB_DIR || dataFolder(), TATUSCAN_DB_FILE || 'tatuscan.db')
  const named = TATUSCAN_DB_DIR || TATUSCAN_DB_FILE ? `sqlite:${file}` : undefined
  const timeZone = TIMEZONE || config.timeZone || 'America/Cuiaba'
  if (!isTimeZone(timeZone)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `TIMEZONE must be an IANA name such as America/Cuiaba; got ${timeZone}`)
  return {
    host: flags.host || config.host || '127.0.0.1',
    port: readPort(flags.port || PORT || config.port || 8040),
    databaseUrl: secret('TATUSCAN_DATABASE_URL') ?? secret('SQLALCHEMY_DATABASE_URI') ?? named ?? config.database ?? `sqlite:${file}`,
    timeZone,
    prefix: readPrefix(flags.prefix || config.prefix || ''),
    plugins: config.plugins ?? []
  }
}

function readPort (given: string | number): number {
  const port = Number(given)
  if (!/^\d+$/.test(String(given)) || port > 65_535) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `a port from 0 to 65535 is needed; got ${given}`)
  return port
}

function readPrefix (given: string): string {
  const prefix = given.replace(/\/+$/, '')
  if (!/^(\/[\w.~-]+)*$/.test(prefix)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--prefix must be a path such as /inventory; got ${given}`)
  return prefix
}
