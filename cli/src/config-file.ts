import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkCollectors, messageOf, TatuScanError, type Collector, type Sink } from '@tatuscan/core'
import type { LimitsOptions } from '@tatuscan/server-limits'
import type { FastifyPluginAsync, FastifyPluginCallback } from 'fastify'

type Plugin = FastifyPluginAsync<any> | FastifyPluginCallback<any>

/** What `tatuscan.config.{ts,js}` default-exports: plugins are values. */
export interface Config {
  /** Run beside the built-in ones; one of the same name takes a built-in one's place. */
  readonly collectors?: readonly Collector[]
  /** The folder whose executables and JSON files are collectors too. */
  readonly factsDir?: string
  /** Where reports go, beside the server at `url`. */
  readonly sinks?: readonly Sink[]
  /** The server that reports go to. */
  readonly url?: string
  /** Time between two reports: `60s`, `2m`, `1h`. */
  readonly interval?: string
  /** Deadline of each collector: `5s`. */
  readonly timeout?: string
  readonly server?: ServerConfig
}

/** What a configuration file says of the server. Flags and environment beat it. */
export interface ServerConfig {
  readonly host?: string
  readonly port?: number
  /** `sqlite:` and a file. */
  readonly database?: string
  readonly timeZone?: string
  /** Path below which everything is, as /inventory. */
  readonly prefix?: string
  /** `none`: nobody is asked who they are; on a loopback address only. */
  readonly auth?: 'on' | 'none'
  /** Networks of proxies before the server, which tell whom they speak for: `10.0.0.0/8`. */
  readonly trustProxy?: readonly string[]
  /** Other machines may reach the server without TLS. */
  readonly insecureHttp?: boolean
  /** Networks whose clients may report without a key, as the original's do. */
  readonly allowOriginal?: readonly string[]
  /** The address that people have: `https://inventory.example.com`. */
  readonly publicUrl?: string
  /** The PEM files that the server speaks TLS with. */
  readonly tlsCertFile?: string
  readonly tlsKeyFile?: string
  /** The authorities of clients' certificates; where there is one, who has none gets no connection. */
  readonly tlsClientCaFile?: string
  /** Rates and overload, where the defaults don't fit: `{ rates: { key: { perSecond: 50, burst: 500 } } }`. */
  readonly limits?: Pick<LimitsOptions, 'rates' | 'shed' | 'slowBodies'>
  /** Fastify plugins, registered after TatuScan's own; each alone or with its options. */
  readonly plugins?: readonly (Plugin | readonly [Plugin, object])[]
}

/** Gives a configuration its type; for editors. */
export function defineConfig (config: Config): Config {
  return config
}

const keys = ['collectors', 'factsDir', 'sinks', 'url', 'interval', 'timeout', 'server']

/** Where configuration and `.env` are looked for. Root never takes them from the folder it happens to be in. */
export function configFolders (config: string | undefined, { root = process.getuid?.() === 0, cwd = process.cwd() } = {}): string[] {
  if (config !== undefined) return [dirname(resolve(cwd, config))]
  return root ? ['/etc/tatuscan'] : [cwd, '/etc/tatuscan']
}

/**
 * Adds the first `.env` that is found to the environment; what is set already stays.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function loadEnvironmentFile (folders: readonly string[]): void {
  const file = folders.map((folder) => join(folder, '.env')).find((candidate) => existsSync(candidate))
  try {
    if (file !== undefined) process.loadEnvFile(file)
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the file ${file} can't be used: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * Loads the configuration file: the one that is named, else the first that is found, else an empty one.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export async function loadConfig (named: string | undefined, folders: readonly string[]): Promise<Config> {
  const candidates = folders.flatMap((folder) => ['ts', 'js'].map((extension) => join(folder, `tatuscan.config.${extension}`)))
  const file = named === undefined ? candidates.find((candidate) => existsSync(candidate)) : resolve(named)
  if (file === undefined) return {}
  if (!existsSync(file)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the configuration file ${file} does not exist`)
  try {
    const config = await importDefault(file)
    checkConfig(config)
    return config
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the configuration file ${file} can't be used: ${messageOf(error)}`, { cause: error })
  }
}

/** A module that waits for what never comes is told as such: nothing is left then that could bring it. */
async function importDefault (file: string): Promise<unknown> {
  const { promise: stuck, reject } = Promise.withResolvers<never>()
  const tell = (): void => reject(new Error('what it waits for never comes'))
  process.once('beforeExit', tell)
  try {
    return await Promise.race([import(pathToFileURL(file).href).then(async ({ default: config }: { default?: unknown }) => await config), stuck])
  } finally {
    process.off('beforeExit', tell)
  }
}

/** The type that each key of `server` must have. */
const serverKeys: Record<keyof ServerConfig, string> = {
  host: 'string', port: 'number', database: 'string', timeZone: 'string', prefix: 'string', auth: 'string', trustProxy: 'object', insecureHttp: 'boolean', allowOriginal: 'object', publicUrl: 'string', tlsCertFile: 'string', tlsKeyFile: 'string', tlsClientCaFile: 'string', limits: 'object', plugins: 'object'
}

function checkConfig (config: unknown): asserts config is Config {
  if (!isRecord(config)) throw new Error('it must default-export an object such as { collectors: [] }')
  checkKeys(config, keys, '')
  const { collectors = [], sinks = [], server = {} } = config
  for (const key of ['url', 'interval', 'timeout', 'factsDir']) {
    if (config[key] !== undefined && typeof config[key] !== 'string') throw new Error(`${key} must be text such as ${({ url: 'http://server:8040', factsDir: '/etc/tatuscan/facts.d' } as Record<string, string>)[key] ?? '60s'}`)
  }
  if (!Array.isArray(collectors)) throw new Error('collectors must be a list')
  checkCollectors(collectors)
  if (!Array.isArray(sinks) || sinks.some((sink) => typeof sink?.name !== 'string' || typeof sink.write !== 'function')) {
    throw new Error('sinks must be a list of sinks, each with a name and write()')
  }
  if (!isRecord(server)) throw new Error('server must be an object')
  checkKeys(server, Object.keys(serverKeys), 'server.')
  for (const [key, type] of Object.entries(serverKeys)) {
    const given: string = typeof server[key]
    if (given !== 'undefined' && given !== type) throw new Error(`server.${key} must be a ${type}`)
  }
  for (const key of ['trustProxy', 'allowOriginal']) {
    const networks = server[key] ?? []
    if (!Array.isArray(networks) || networks.some((network) => typeof network !== 'string')) throw new Error(`server.${key} must be a list of networks such as '10.0.0.0/8'`)
  }
  const { plugins = [] } = server
  if (!Array.isArray(plugins) || plugins.some((plugin) => typeof (Array.isArray(plugin) ? plugin[0] : plugin) !== 'function')) {
    throw new Error('server.plugins must be a list of Fastify plugins, each alone or as [plugin, options]')
  }
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkKeys (value: Record<string, unknown>, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new Error(`it has an unknown key ${prefix}${unknown}; known are ${known.map((key) => prefix + key).join(', ')}`)
}
