import { join } from 'node:path'
import { isTimeZone, TatuScanError } from '@tatuscan/core'
import type { ServerConfig } from './config-file.ts'
import { dataFolder } from './data-folder.ts'
import { isLoopback } from './loopback.ts'
import type { TlsFiles } from './server-tls.ts'
import { list, secret } from './settings.ts'

/** The flags of `serve`, as oclif gives them. */
export interface ServerFlags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly prefix?: string | undefined
  readonly auth?: string | undefined
  readonly 'trust-proxy'?: string[] | string | undefined
  readonly 'insecure-http'?: boolean | undefined
  readonly 'allow-original'?: string[] | string | undefined
  readonly 'public-url'?: string | undefined
  readonly 'tls-cert-file'?: string | undefined
  readonly 'tls-key-file'?: string | undefined
  readonly 'tls-client-ca-file'?: string | undefined
}

export interface ServerSettings {
  readonly host: string
  readonly port: number
  /** Where the server keeps what is its own: its secrets, and SQLite's file. */
  readonly folder: string
  /** Whether who asks is looked at. */
  readonly auth: boolean
  /** Networks of proxies, whose word on whom they speak for is taken. */
  readonly trustProxy: readonly string[]
  /** Whether other machines may reach it without TLS. */
  readonly insecureHttp: boolean
  /** Networks whose clients may report without a key. */
  readonly allowOriginal: readonly string[]
  /** The address that people have. */
  readonly publicUrl: string | undefined
  /** What it speaks TLS with; undefined: it doesn't. */
  readonly tls: TlsFiles | undefined
  readonly limits: NonNullable<ServerConfig['limits']>
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
export function readServerSettings (flags: ServerFlags, config: ServerConfig): ServerSettings {
  const { PORT, TIMEZONE, TATUSCAN_DB_DIR, TATUSCAN_DB_FILE } = process.env
  const folder = TATUSCAN_DB_DIR || dataFolder()
  const file = join(folder, TATUSCAN_DB_FILE || 'tatuscan.db')
  const named = TATUSCAN_DB_DIR || TATUSCAN_DB_FILE ? `sqlite:${file}` : undefined
  const timeZone = TIMEZONE || config.timeZone || 'America/Cuiaba'
  if (!isTimeZone(timeZone)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `TIMEZONE must be an IANA name such as America/Cuiaba; got ${timeZone}`)
  const host = flags.host || config.host || '127.0.0.1'
  const trustProxy = given(flags['trust-proxy'], config.trustProxy)
  const auth = readAuth(flags.auth || config.auth || 'on')
  return {
    host,
    folder,
    auth,
    trustProxy,
    insecureHttp: flags['insecure-http'] ?? config.insecureHttp ?? false,
    allowOriginal: given(flags['allow-original'], config.allowOriginal),
    limits: config.limits ?? {},
    publicUrl: flags['public-url'] || config.publicUrl || undefined,
    tls: tlsFiles(flags['tls-cert-file'] || config.tlsCertFile, flags['tls-key-file'] || config.tlsKeyFile, flags['tls-client-ca-file'] || config.tlsClientCaFile),
    port: readPort(flags.port || PORT || config.port || 8040),
    databaseUrl: secret('TATUSCAN_DATABASE_URL') ?? secret('SQLALCHEMY_DATABASE_URI') ?? named ?? config.database ?? `sqlite:${file}`,
    timeZone,
    prefix: readPrefix(flags.prefix || config.prefix || ''),
    plugins: config.plugins ?? []
  }
}

function given (flag: string[] | string | undefined, configured: readonly string[] = []): readonly string[] {
  const named = list(flag)
  return named.length > 0 ? named : configured
}

function tlsFiles (certFile: string | undefined, keyFile: string | undefined, clientCaFile: string | undefined): TlsFiles | undefined {
  if (certFile && keyFile) return { certFile, keyFile, ...clientCaFile && { clientCaFile } }
  if (!certFile && !keyFile && !clientCaFile) return undefined
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', `TLS needs a certificate and its key: ${certFile ? '--tls-key-file' : '--tls-cert-file'} is missing`)
}

function readAuth (given: string): boolean {
  if (given !== 'on' && given !== 'none') throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--auth is on or none; got ${JSON.stringify(given)}`)
  return given === 'on'
}

/**
 * What others can reach asks who they are, and lets no password travel in the clear unless that is wanted.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function checkReach ({ host, auth, trustProxy, insecureHttp, tls }: Pick<ServerSettings, 'host' | 'auth' | 'trustProxy' | 'insecureHttp' | 'tls'>): void {
  if (isLoopback(host)) return
  if (!auth) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--auth none lets anybody read, change and delete, and is for a loopback address only; ${host} is reached from elsewhere`)
  if (trustProxy.length > 0 || insecureHttp || tls !== undefined) return
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${host} is reached from elsewhere, and passwords and keys would travel there in the clear: give --tls-cert-file and --tls-key-file, let a proxy that speaks TLS stand before it ` +
    'and name its network by --trust-proxy 10.0.0.0/8, or say --insecure-http where the network itself is trusted')
}

function readPort (given: string | number): number {
  const port = Number(given)
  if (!/^\d+$/.test(String(given)) || port > 65_535) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `a port from 0 to 65535 is needed; got ${given}`)
  return port
}

/** `.` and `..` are no names in it: browsers and proxies take them out of every address. */
function readPrefix (given: string): string {
  const prefix = given.replace(/\/+$/, '')
  if (!/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(prefix)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--prefix must be a path such as /inventory; got ${given}`)
  return prefix
}
