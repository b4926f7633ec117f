import { TatuScanError } from '@tatuscan/core'
import { Args, Flags } from '@oclif/core'
import { commonFlags } from '../../agent-command.ts'
import { ServiceCommand } from '../../service/service-command.ts'
import { roles, type Role } from '../../service/service.ts'

export default class ServiceStatus extends ServiceCommand {
  static override summary = 'Tell whether the services are installed and running'

  static override description = 'Exits with 0 where it runs, or, without an argument, where every service that is installed runs; else with 1. ' +
    'With --url it asks the server there for its health instead, as in a container, which has no service manager.'

  static override examples = ['<%= config.bin %> service status', '<%= config.bin %> service status agent --json', '<%= config.bin %> service status server --url http://127.0.0.1:8040']

  static override args = { role: Args.string({ description: 'Which one; both without it', options: [...roles] }) }

  static override flags = {
    ...commonFlags,
    // Not from TATUSCAN_URL, which tells where this machine's agent reports to
    url: Flags.string({ summary: 'server: ask the one there for its health', helpValue: 'URL' }),
    json: Flags.boolean({ summary: 'Print it as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(ServiceStatus)
    if (flags.url !== undefined) {
      if (args.role === 'agent') throw new TatuScanError('TATUSCAN_INVALID_OPTION', '--url asks a server for its health; an agent has no address')
      const { serverHealth } = await import('../../service/server-health.ts')
      const health = await serverHealth(flags.url)
      await this.tell([flags.json ? JSON.stringify(health, undefined, 2) : `${health.url}: ${health.detail}`])
      if (!health.healthy) this.exit(1)
      return
    }
    const { host } = await this.hosted('agent')
    const { serviceState } = await import('../../service/run-service.ts')
    const asked = args.role === undefined ? roles : [args.role as Role]
    const states = await Promise.all(asked.map(async (role) => await serviceState(host, role)))
    const shown = states.filter(({ installed }) => installed || args.role !== undefined)
    if (flags.json) await this.tell([JSON.stringify(args.role === undefined ? states : states[0], undefined, 2)])
    else if (shown.length === 0) await this.tell(['No service is installed here: sudo tatuscan service install'])
    else await this.tell(shown.map(({ name, detail, enabled, pid }) => [`${name}: ${detail}`, ...pid === null ? [] : [`process ${pid}`], ...enabled === false ? ['not started with the machine'] : []].join(', ')))
    if (shown.length === 0 || shown.some(({ running }) => !running)) this.exit(1)
  }
}
