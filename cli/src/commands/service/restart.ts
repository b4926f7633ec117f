import { commonFlags } from '../../agent-command.ts'
import { roleArgs, ServiceCommand } from '../../service/service-command.ts'

export default class ServiceRestart extends ServiceCommand {
  static override summary = 'Restart the service that was installed'

  static override examples = ['sudo <%= config.bin %> service restart', 'sudo <%= config.bin %> service restart server']

  static override args = roleArgs

  static override flags = commonFlags

  async run (): Promise<void> {
    const { args } = await this.parse(ServiceRestart)
    const { host, service } = await this.hosted(args.role)
    const { controlService } = await import('../../service/run-service.ts')
    await this.tell(await controlService(host, service, 'restart'))
  }
}
