import type { Command, Host } from './host.ts'
import { unreachable } from './reachable.ts'
import { roleText, type Role, type Service } from './service.ts'
import { xmlText } from './xml.ts'

const launchctl = (...args: string[]): Command => ({ file: '/bin/launchctl', args })
const label = (role: Role) => `org.tatuscan.${role}`
const file = (role: Role) => `/Library/LaunchDaemons/${label(role)}.plist`
const support = '/Library/Application Support/TatuScan'

/** macOS. launchd knows no file of settings, so Node reads it; what the plist says may be read by anybody. */
export const launchd: Host = {
  name: 'launchd',
  serviceName: label,
  places: (role) => ({ environment: `/etc/tatuscan/${role}.env`, data: [folder(role)], log: `tail -f ${logFile(role)}` }),
  files: (service) => [{ path: file(service.role), text: launchdPlist(service), mode: 0o644 }],

  commands (action, role, { changed, start }) {
    const target = `system/${label(role)}`
    const away = { ...launchctl('bootout', target), mayFail: true }
    if (action === 'uninstall') return [away]
    if (action === 'stop') return [launchctl('bootout', target)]
    if (action === 'restart') return [launchctl('kickstart', '-k', target)]
    const load = [launchctl('enable', target), { ...launchctl('bootstrap', 'system', file(role)), mayFail: !changed }]
    if (action === 'start') return [...load, launchctl('kickstart', target)]
    return start ? [...changed ? [away] : [], ...load] : []
  },

  query: (role) => launchctl('print', `system/${label(role)}`),
  state (role, { code, stdout }) {
    const [, state = 'not loaded'] = /^\s*state = (.+)$/m.exec(stdout) ?? []
    const [, pid] = /^\s*pid = (\d+)$/m.exec(stdout) ?? []
    const [, lastExit] = /^\s*last exit code = (\d+)/m.exec(stdout) ?? []
    return {
      role,
      name: label(role),
      installed: code === 0,
      running: state === 'running',
      enabled: code === 0 ? true : null,
      pid: pid === undefined ? null : Number(pid),
      detail: code === 0 ? [state, ...lastExit === undefined ? [] : [`last exit code ${lastExit}`]].join(', ') : 'not installed, or stopped'
    }
  },

  obstacle: async (action, { node, bin }) => action === 'install' ? unreachable([node, bin]) : undefined
}

function folder (role: Role): string {
  return role === 'agent' ? support : `${support} Server`
}

function logFile (role: Role): string {
  return `/Library/Logs/tatuscan-${role}.log`
}

/** A property list for /Library/LaunchDaemons; see launchd.plist(5). */
export function launchdPlist ({ role, node, bin }: Service): string {
  const strings = (values: readonly string[]) => values.map((value) => `    <string>${xmlText(value)}</string>`).join('\n')
  const environment = { [role === 'agent' ? 'TATUSCAN_STATE_DIR' : 'TATUSCAN_DB_DIR']: folder(role) }
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label(role)}</string>
  <key>ProgramArguments</key>
  <array>
${strings([node, `--env-file-if-exists=/etc/tatuscan/${role}.env`, bin, roleText[role].command])}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${Object.entries(environment).map(([name, value]) => `    <key>${name}</key>\n    <string>${xmlText(value)}</string>`).join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>30</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>ProcessType</key>
  <string>${role === 'agent' ? 'Background' : 'Adaptive'}</string>
  <key>StandardOutPath</key>
  <string>${logFile(role)}</string>
  <key>StandardErrorPath</key>
  <string>${logFile(role)}</string>
</dict>
</plist>
`
}
