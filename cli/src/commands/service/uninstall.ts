import { Flags } from '@oclif/core'
import { commonFlags } from '../../agent-command.ts'
import { roleArgs, ServiceCommand } from '../../service/service-command.ts'

export default class ServiceUninstall extends ServiceCommand {
  static override summary = 'Stop the service and take it away; its settings and data stay'

  static override examples = ['sudo <%= config.bin %> service uninstall', 'sudo <%= config.bin %> service uninstall server --purge']

  static override args = roleArgs

  static override flags = { ...commonFlags, purge: Flags.boolean({ summary: 'Remove its settings and data too: the id of the machine, or the whole SQLite database', default: false }) }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(ServiceUninstall)
    const { host, service } = await this.hosted(args.role)
    const { uninstallService } = await import('../../service/run-service.ts')
    await this.tell(await uninstallService(host, service, flags))
  }
}
