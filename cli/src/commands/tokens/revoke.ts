import { Args } from '@oclif/core'
import { AccessCommand, accessDescription, accessFlags } from '../../access/access-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class TokensRevoke extends AccessCommand {
  static override summary = 'End a token: each server refuses it within 2 seconds'

  static override description = accessDescription

  static override args = { id: Args.string({ description: 'Its id, as tokens list tells it', required: true, ignoreStdin: true }) }

  static override flags = accessFlags

  async run (): Promise<void> {
    const { args: { id }, flags } = await this.parse(TokensRevoke)
    reserveStdout()
    await this.within(flags, async ({ revokeToken }) => await revokeToken(id))
    await print(`Revoked ${id}`)
  }
}
