import { AgentCommand, collectFlags, deliveryFlags } from '../agent-command.ts'
import { runDaemon } from '../run-daemon.ts'

export default class Daemon extends AgentCommand {
  static override summary = 'Report this machine every interval, until SIGTERM'

  static override examples = ['<%= config.bin %> daemon --url http://server:8040', '<%= config.bin %> daemon --url http://server:8040 --interval 5m']

  static override flags = { ...collectFlags, ...deliveryFlags }

  async run (): Promise<void> {
    const { flags } = await this.parse(Daemon)
    await runDaemon(flags)
  }
}
