import { AgentCommand, collectFlags, deliveryFlags } from '../agent-command.ts'
import { endOnSignal } from '../end-on-signal.ts'

export default class Daemon extends AgentCommand {
  static override summary = 'Report this machine every interval, until SIGTERM'

  static override examples = ['<%= config.bin %> daemon --url http://server:8040', '<%= config.bin %> daemon --url http://server:8040 --interval 5m']

  static override flags = { ...collectFlags, ...deliveryFlags }

  async run (): Promise<void> {
    const { flags } = await this.parse(Daemon)
    const signal = endOnSignal()
    const settings = await this.settings(flags)
    const [{ openDelivery }, { logSpool }, { createLog }] = await Promise.all([import('../sinks.ts'), import('../spool-log.ts'), import('../log.ts')])
    const log = await createLog(settings.logLevel ?? 'warn')
    const delivery = openDelivery(settings, logSpool(log))
    const { runLoggedAgent } = await import('../logged-agent.ts')
    await runLoggedAgent({ settings, ...delivery, log, signal })
  }
}
