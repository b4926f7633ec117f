import { AgentCommand, reportFlags } from '../agent-command.ts'
import { runCollect } from '../run-collect.ts'

export default class Collect extends AgentCommand {
  static override summary = 'Collect one report of this machine, and show or send it'

  static override examples = ['<%= config.bin %> collect', '<%= config.bin %> collect --json', '<%= config.bin %> collect --send --url http://server:8040']

  static override flags = reportFlags

  async run (): Promise<void> {
    const { flags } = await this.parse(Collect)
    await runCollect(flags)
  }
}
