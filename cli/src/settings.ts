import { readFileSync } from 'node:fs'
import { messageOf, parseDuration, TatuScanError, type Collector, type Sink } from '@tatuscan/core'
import { configFolders, loadConfig, loadEnvironmentFile, type ServerConfig } from './config-file.ts'
import { selectCollectors } from './select-collectors.ts'

/** What a command works with, from flags, environment, configuration file and defaults, in this order. */
export interface Settings {
  readonly url: string | undefined
  readonly token: string | undefined
  /** What this machine's key is bought with. */
  readonly enrolSecret: string | undefined
  /** Certificates and key as PEM, for a server that speaks TLS. */
  readonly tls: { readonly ca?: string, readonly cert?: string, readonly key?: string }
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly logLevel: string | undefined
  /** Which collectors there are now; asked for every report. */
  readonly collectors: () => Promise<readonly Collector[]>
  /** The configuration file's own, without the HTTP sink. */
  readonly sinks: readonly Sink[]
  readonly server: ServerConfig
}

/**
 * Reads the configuration file that the flags name and combines all sources.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export async function readSettings (flags: Record<string, unknown>): Promise<Settings> {
  const given = flags as { config?: string, url?: string, interval?: string, timeout?: string, collector?: string[] | string, 'no-collector'?: string[] | string, 'facts-dir'?: string, 'no-isolation'?: boolean, 'log-level'?: string } & TlsFlags
  const config = await loadConfig(given.config, configFolders(given.config))
  return {
    url: given.url || config.url,
    token: secret('TATUSCAN_TOKEN'),
    enrolSecret: secret('TATUSCAN_ENROL_SECRET'),
    tls: readTls(given),
    intervalMs: parseInterval(given.interval || config.interval || '60s'),
    timeoutMs: parseDuration(given.timeout || config.timeout || '5s'),
    logLevel: given['log-level'],
    collectors: await selectCollectors({
      configured: config.collectors ?? [],
      added: list(given.collector),
      removed: list(given['no-collector']),
      factsDir: given['facts-dir'] || config.factsDir,
      isolate: given['no-isolation'] !== true
    }),
    sinks: config.sinks ?? [],
    server: config.server ?? {}
  }
}

/** What a mistyped unit asks for would keep the machine and the server busy. */
function parseInterval (text: string): number {
  const intervalMs = parseDuration(text)
  if (intervalMs < 1000) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the interval must be at least 1s; got ${text}`)
  return intervalMs
}

/** oclif gives a repeatable flag as a list, but its environment variable as text with commas. */
export function list (given: string[] | string = []): string[] {
  return typeof given === 'string' ? given.split(',').map((part) => part.trim()).filter((part) => part !== '') : given
}

/** Reads `.env` before the flags are parsed, since each flag may come from the environment. */
export function readEnvironmentFile (argv: readonly string[]): void {
  const flag = argv.findIndex((argument) => argument === '--config' || argument.startsWith('--config='))
  const named = flag < 0 ? process.env.TATUSCAN_CONFIG : argv[flag]!.includes('=') ? argv[flag]!.slice('--config='.length) : argv[flag + 1]
  loadEnvironmentFile(configFolders(named))
}

export interface TlsFlags {
  readonly 'ca-file'?: string | undefined
  readonly 'cert-file'?: string | undefined
  readonly 'key-file'?: string | undefined
}

/** The files that the flags name, as text. */
export function readTls (flags: TlsFlags): Settings['tls'] {
  const named = (['ca', 'cert', 'key'] as const).map((name) => [name, flags[`${name}-file`]] as const).filter(([, file]) => file)
  return Object.fromEntries(named.map(([name, file]) => [name, readText(file!, `--${name}-file`)]))
}

function readText (file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${option} can't be read: ${messageOf(error)}`, { cause: error })
  }
}

/** A secret from the environment, or from the file that `NAME_FILE` names. */
export function secret (name: string): string | undefined {
  const { [name]: given, [`${name}_FILE`]: file } = process.env
  if (given) return given
  if (!file) return undefined
  const value = readText(file, `${name}_FILE`).trim()
  if (value === '') throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${name}_FILE names the file ${file}, which is empty`)
  return value
}
