import { Flags } from '@oclif/core'
import { machineStatuses, sortKeys, TatuScanError } from '@tatuscan/core'
import { AgentCommand, commonFlags, deliveryFlags } from '../agent-command.ts'
import type { TlsFlags } from '../settings.ts'
import { createClient, defaultUrl, type Client } from './client.ts'

/** Flags of every command that asks a server. */
export const apiFlags = {
  ...commonFlags,
  url: Flags.string({ summary: `The server [default: ${defaultUrl}]`, env: 'TATUSCAN_URL', helpValue: 'URL' }),
  'ca-file': deliveryFlags['ca-file'],
  'cert-file': deliveryFlags['cert-file'],
  'key-file': deliveryFlags['key-file']
}

/** Which machines, and in which order: as `GET /api/machines` takes it. */
export const filterFlags = {
  q: Flags.string({ summary: 'Look for this in hostname, address, system and id', helpValue: 'TEXT' }),
  os: Flags.string({ summary: 'Just this operating system: linux, windows, darwin', helpValue: 'OS' }),
  'os-version': Flags.string({ summary: "Just this version, such as 'Windows 11'; empty: unknown", helpValue: 'VERSION' }),
  status: Flags.option({ summary: 'Just those that are so', options: machineStatuses })(),
  facts: Flags.string({ summary: 'Just those with this fact, such as os.architecture=x86_64; empty: unknown', helpValue: 'PATH=VALUE', multiple: true, multipleNonGreedy: true, default: [] }),
  sort: Flags.option({ summary: 'By which field [default: hostname]', options: sortKeys })(),
  dir: Flags.option({ summary: 'Upwards or downwards [default: asc]', options: ['asc', 'desc'] as const })()
}

interface Filter {
  readonly q?: string | undefined
  readonly os?: string | undefined
  readonly 'os-version'?: string | undefined
  readonly status?: string | undefined
  readonly facts: readonly string[]
  readonly sort?: string | undefined
  readonly dir?: string | undefined
}

/**
 * The filter as a query string.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a fact that is none
 */
export function queryOf ({ q, os, 'os-version': os_version, status, facts, sort, dir }: Filter): URLSearchParams {
  const given = Object.entries({ q, os, os_version, status, sort, dir }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams([...given, ...facts.map((pair): [string, string] => {
    const [, name, value] = /^(?:facts\.)?([^=]+\.[^=]+)=(.*)$/s.exec(pair) ?? []
    if (name === undefined) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--facts takes <collector>.<key>=<value>, such as os.architecture=x86_64; got ${JSON.stringify(pair)}`)
    return [`facts.${name}`, value!]
  })])
}

/** What a command's flags say of the server. */
export interface ClientFlags extends TlsFlags {
  readonly url?: string | undefined
  readonly config?: string | undefined
}

/** A command over the API. */
export abstract class MachinesCommand extends AgentCommand {
  /** The server that flag, environment or configuration file names, else the one of this machine. */
  protected async client (flags: ClientFlags): Promise<Client> {
    const { configFolders, loadConfig } = await import('../config-file.ts')
    const { readTls, secret } = await import('../settings.ts')
    const url = flags.url || (await loadConfig(flags.config, configFolders(flags.config))).url || defaultUrl
    const token = secret('TATUSCAN_TOKEN')
    return createClient({ url, ...readTls(flags), ...token !== undefined && { token } })
  }
}
