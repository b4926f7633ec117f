import { TatuScanError } from '@tatuscan/core'
import { Args, Flags } from '@oclif/core'
import { commonFlags } from '../../agent-command.ts'
import { addressFlags } from '../../server-flags.ts'
import type { ServerHealth } from '../../service/server-health.ts'
import { ServiceCommand } from '../../service/service-command.ts'
import { roles, type Role } from '../../service/service.ts'

export default class ServiceStatus extends ServiceCommand {
  static override summary = 'Tell whether the services are installed and running'

  static override description = 'Exits with 0 where it runs, or, without an argument, where every service that is installed runs; else with 1. ' +
    'With --url it asks the server there for its health instead. With --here it asks the one that `serve` runs with this environment and configuration file, ' +
    'by TLS where that has a certificate: for a container, which has no service manager.'

  static override examples = ['<%= config.bin %> service status', '<%= config.bin %> service status agent --json', '<%= config.bin %> service status server --url https://inventory.example.com', '<%= config.bin %> service status server --here']

  static override args = { role: Args.string({ description: 'Which one; both without it', options: [...roles] }) }

  static override flags = {
    ...commonFlags,
    // Not from TATUSCAN_URL, which tells where this machine's agent reports to
    url: Flags.string({ summary: 'server: ask the one there for its health', helpValue: 'URL', exclusive: ['here'] }),
    here: Flags.boolean({ summary: 'server: ask the one of this environment and configuration file for its health' }),
    json: Flags.boolean({ summary: 'Print it as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(ServiceStatus)
    if (flags.url !== undefined || flags.here) {
      if (args.role === 'agent') throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${flags.here ? '--here' : '--url'} asks a server for its health; an agent has no address`)
      const { serverHealth } = await import('../../service/server-health.ts')
      const health = flags.url === undefined ? await this.healthHere(flags) : await serverHealth(flags.url)
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

  /** As `serve` would be reached that was given what this command is, and no flags of its own. */
  private async healthHere ({ config }: { readonly config?: string | undefined }): Promise<ServerHealth> {
    const { flags } = await this.parse({ flags: addressFlags }, [])
    const [{ readServerSettings }, { readTlsFiles }, { addressHere }, { serverHealth }] = await Promise.all([
      import('../../server-settings.ts'), import('../../server-tls.ts'), import('../../address-here.ts'), import('../../service/server-health.ts')
    ])
    const settings = readServerSettings(flags, (await this.settings({ config })).server)
    const { cert, key } = settings.tls === undefined ? {} : readTlsFiles(settings.tls)
    return await serverHealth(addressHere(settings) + settings.prefix, { cert, key, rejectUnauthorized: false }) // it is known by its address, which its certificate does not name
  }
}
