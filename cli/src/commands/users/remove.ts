import { Args } from '@oclif/core'
import { AccessCommand, accessDescription, accessFlags } from '../../access/access-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class UsersRemove extends AccessCommand {
  static override summary = 'Remove a person, and end their sessions'

  static override description = accessDescription

  static override args = { name: Args.string({ description: 'What they log in as', required: true, ignoreStdin: true }) }

  static override flags = accessFlags

  async run (): Promise<void> {
    const { args: { name }, flags } = await this.parse(UsersRemove)
    reserveStdout()
    await this.within(flags, async ({ removeUser }) => await removeUser(name))
    await print(`Removed ${name}`)
  }
}
