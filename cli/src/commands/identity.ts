import { Flags } from '@oclif/core'
import { AgentCommand, collectFlags } from '../agent-command.ts'
import { print, reserveStdout } from '../output.ts'

export default class Identity extends AgentCommand {
  static override summary = 'Tell which machine this is, from what evidence, and why'

  static override examples = ['<%= config.bin %> identity', '<%= config.bin %> identity --json']

  static override flags = {
    ...collectFlags,
    json: Flags.boolean({ summary: 'Print it as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(Identity)
    reserveStdout()
    const { collectors, timeoutMs } = await this.settings(flags)
    const { explainIdentity, identityTable } = await import('../identity.ts')
    const explained = await explainIdentity({ collectors: await collectors(), timeoutMs })
    await print(flags.json ? JSON.stringify(explained, undefined, 2) : identityTable(explained))
  }
}
