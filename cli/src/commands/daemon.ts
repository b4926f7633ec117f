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
    const [{ openDelivery }, { logSpool }, { createLateLog }, { runLoggedAgent }, { lockInstance, stateFolder }] = await Promise.all([
      import('../sinks.ts'), import('../spool-log.ts'), import('../log.ts'), import('../logged-agent.ts'), import('@tatuscan/core')
    ])
    const log = createLateLog(settings.logLevel ?? 'warn')
    const delivery = await openDelivery(settings, { onEvent: logSpool(log), onWarning: (message) => log.warn({}, message), rotate: true })
    const unlock = lockInstance(stateFolder())
    try {
      await runLoggedAgent({ settings, ...delivery, log, signal })
    } finally {
      unlock()
    }
  }
}
