import { existsSync } from 'node:fs'
import type { Command, Host } from './host.ts'
import { unreachable } from './reachable.ts'
import type { Role } from './service.ts'
import { systemdUnit } from './systemd-unit.ts'

const systemctl = (...args: string[]): Command => ({ file: 'systemctl', args })
const unit = (role: Role) => `tatuscan-${role}.service`
const properties = ['LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'MainPID', 'NRestarts', 'ActiveEnterTimestamp']

/** Linux with systemd. */
export const systemd: Host = {
  name: 'systemd',
  serviceName: unit,
  places: (role) => ({
    environment: `/etc/tatuscan/${role}.env`,
    data: role === 'agent'
      ? ['/var/lib/tatuscan', '/var/cache/tatuscan']
      : ['/var/lib/private/tatuscan-server', '/var/cache/private/tatuscan-server', '/var/lib/tatuscan-server', '/var/cache/tatuscan-server'],
    log: `journalctl --unit ${unit(role)}`
  }),
  files: (service) => [{ path: `/etc/systemd/system/${unit(service.role)}`, text: systemdUnit(service), mode: 0o644 }],

  commands (action, role, { changed, start }) {
    const name = unit(role)
    if (action === 'uninstall') return [{ ...systemctl('disable', '--now', name), mayFail: true }]
    if (action !== 'install') return [systemctl(action, name)]
    return [systemctl('daemon-reload'), systemctl('enable', name), ...start ? [systemctl(changed ? 'restart' : 'start', name)] : []]
  },

  query: (role) => systemctl('show', unit(role), `--property=${properties.join()}`),
  state (role, { stdout }) {
    const told = new Map(stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const))
    const [active = '', restarts = '0', since = ''] = ['ActiveState', 'NRestarts', 'ActiveEnterTimestamp'].map((name) => told.get(name) ?? '')
    const pid = Number(told.get('MainPID') ?? 0)
    const word = told.get('LoadState') === 'not-found' ? 'not installed' : `${active} (${told.get('SubState')})`
    return {
      role,
      name: unit(role),
      installed: told.get('LoadState') === 'loaded',
      running: active === 'active',
      enabled: told.get('UnitFileState') === 'enabled',
      pid: pid > 0 ? pid : null,
      detail: [word, ...active === 'active' && since !== '' ? [`since ${since}`] : [], ...Number(restarts) > 0 ? [`automatic restarts: ${restarts}`] : []].join(', ')
    }
  },

  async obstacle (action, { role, node, bin }) {
    if (!existsSync('/run/systemd/system')) { // as sd_booted(3) tells
      return `systemd is not running here: let whatever supervises this system run ${node} ${bin} ${role === 'agent' ? 'daemon' : 'serve'}, ` +
        `or take the unit elsewhere with: tatuscan service install ${role} --print`
    }
    return action === 'install' ? unreachable([node, bin]) : undefined
  }
}
