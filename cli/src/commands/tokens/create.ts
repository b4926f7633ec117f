import { Flags } from '@oclif/core'
import { tokenRoles } from '@tatuscan/core'
import { AccessCommand, accessDescription, accessFlags } from '../../access/access-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class TokensCreate extends AccessCommand {
  static override summary = 'Make a token, and print it, alone, this once'

  static override description = accessDescription

  static override examples = ['<%= config.bin %> tokens create --role viewer --name grafana', '<%= config.bin %> tokens create --role enrol --days 1']

  static override flags = {
    ...accessFlags,
    role: Flags.option({ summary: 'viewer: may look; admin: may change too; enrol: may enrol machines, and nothing else', options: tokenRoles, required: true })(),
    name: Flags.string({ summary: 'What it is for', helpValue: 'TEXT' }),
    days: Flags.integer({ summary: 'Days until it expires [default: holds until it is revoked]', min: 1, helpValue: 'N' }),
    json: Flags.boolean({ summary: 'Print {"id", "token"} as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { flags: { role, name, days, json, ...flags } } = await this.parse(TokensCreate)
    reserveStdout()
    const made = await this.within(flags, async ({ createToken }) => await createToken({ role, ...name !== undefined && { name }, ...days !== undefined && { days } }))
    await print(json ? JSON.stringify(made, undefined, 2) : made.token)
    if (!json) console.error(`This token is told this once. To end it: tatuscan tokens revoke ${made.id}`)
  }
}
