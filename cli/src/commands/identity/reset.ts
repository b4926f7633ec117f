import { Flags } from '@oclif/core'
import { AgentCommand, commonFlags } from '../../agent-command.ts'
import { print } from '../../output.ts'

export default class IdentityReset extends AgentCommand {
  static override summary = 'Forget which machine this is, before an image is made of it'

  static override description = 'Removes the kept identity from the state folder. The next start derives one anew, from the evidence of the machine that it runs on then.'

  static override examples = ['<%= config.bin %> identity reset --dry-run', '<%= config.bin %> identity reset']

  static override flags = {
    ...commonFlags,
    'dry-run': Flags.boolean({ summary: 'Only say what would be done', env: 'TATUSCAN_DRY_RUN' }),
    json: Flags.boolean({ summary: 'Print what was done as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(IdentityReset)
    const { resetIdentity, resetText } = await import('../../identity-reset.ts')
    const done = resetIdentity({ dryRun: flags['dry-run'] ?? false })
    await print(flags.json ? JSON.stringify(done, undefined, 2) : resetText(done))
  }
}
