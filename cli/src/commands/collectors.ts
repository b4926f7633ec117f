import { Flags } from '@oclif/core'
import { AgentCommand, collectFlags } from '../agent-command.ts'
import { print, reserveStdout } from '../output.ts'

export default class Collectors extends AgentCommand {
  static override summary = 'List what is plugged in, with the facts that each collector tells'

  static override examples = ['<%= config.bin %> collectors', '<%= config.bin %> collectors --json --collector ./my-collector']

  static override flags = {
    ...collectFlags,
    json: Flags.boolean({ summary: 'Print names and schemas as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(Collectors)
    reserveStdout()
    const settings = await this.settings(flags)
    const collectors = await settings.collectors()
    await print(flags.json
      ? JSON.stringify(collectors.map(({ name, schema }) => ({ name, schema })), undefined, 2)
      : (await import('../report-table.ts')).collectorsTable(collectors))
  }
}
