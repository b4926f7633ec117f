import { Args, Flags } from '@oclif/core'
import { commonFlags } from '../../agent-command.ts'
import { ServiceCommand } from '../../service/service-command.ts'
import { roles, type Role } from '../../service/service.ts'

export default class ServiceStatus extends ServiceCommand {
  static override summary = 'Tell whether the services are installed and running'

  static override description = 'Exits with 0 where it runs, or, without an argument, where every service that is installed runs; else with 1.'

  static override examples = ['<%= config.bin %> service status', '<%= config.bin %> service status agent --json']

  static override args = { role: Args.string({ description: 'Which one; both without it', options: [...roles] }) }

  static override flags = { ...commonFlags, json: Flags.boolean({ summary: 'Print it as JSON', env: 'TATUSCAN_JSON' }) }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(ServiceStatus)
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
