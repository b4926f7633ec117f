import { resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { parseDuration, TatuScanError } from '@tatuscan/core'
import { roles, type Role } from './service.ts'

/** The flags of `service install` that become settings of the service, and whose they are. */
export const settingFlags = {
  url: { name: 'TATUSCAN_URL', roles: ['agent'] },
  interval: { name: 'TATUSCAN_INTERVAL', roles: ['agent'] },
  'token-file': { name: 'TATUSCAN_TOKEN_FILE', roles: ['agent'] },
  host: { name: 'TATUSCAN_HOST', roles: ['server'] },
  port: { name: 'TATUSCAN_PORT', roles: ['server'] },
  'log-level': { name: 'TATUSCAN_LOG_LEVEL', roles },
  config: { name: 'TATUSCAN_CONFIG', roles }
} as const satisfies Record<string, { name: string, roles: readonly Role[] }>

type SettingFlag = keyof typeof settingFlags
export type GivenSettings = Readonly<Partial<Record<SettingFlag, string>>> & { readonly env?: readonly string[] }

/** What of this is checked before it is written down: a service that starts in vain helps nobody. */
const checks: Partial<Record<SettingFlag, (value: string) => string>> = {
  url (value) {
    if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw invalid(`--url must look like http://inventory.example.com:8040; got ${JSON.stringify(value)}`)
    return value
  },
  interval (value) {
    parseDuration(value)
    return value
  },
  port (value) {
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) throw invalid(`--port must be from 0 to 65535; got ${value}`)
    return value
  },
  config: existing('--config'),
  'token-file': existing('--token-file')
}

/**
 * The settings that a service is installed with, by the names of their environment variables.
 *
 * @param explicit flags that stand on the command line, which are refused where the role has no use for them
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function installSettings (role: Role, { env = [], ...given }: GivenSettings, explicit: ReadonlySet<string>): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [flag, { name, roles }] of Object.entries(settingFlags) as [SettingFlag, { name: string, roles: readonly Role[] }][]) {
    const value = given[flag]
    if (value === undefined || value === '') continue
    if (roles.includes(role)) settings[name] = checks[flag]?.(value) ?? value
    else if (explicit.has(flag)) throw invalid(`--${flag} is nothing that the ${role} takes; it takes ${flagsOf(role).join(', ')} and --env NAME=VALUE`)
  }
  for (const pair of env) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw invalid(`--env takes NAME=VALUE; got ${JSON.stringify(pair)}`)
    settings[pair.slice(0, equals)] = pair.slice(equals + 1)
  }
  return settings
}

function flagsOf (role: Role): string[] {
  return Object.entries(settingFlags).filter(([, { roles }]) => (roles as readonly Role[]).includes(role)).map(([flag]) => `--${flag}`)
}

/** A service has no working folder, so that only absolute paths mean something to it. */
function existing (flag: string): (value: string) => string {
  return (value) => {
    const path = resolve(value)
    if (!existsSync(path)) throw invalid(`${flag} names ${path}, which does not exist`)
    return path
  }
}

function invalid (message: string): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', message)
}
