import { Args } from '@oclif/core'
import { AccessCommand, accessDescription, accessFlags } from '../../access/access-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class UsersPassword extends AccessCommand {
  static override summary = 'Give a person another password, and end their sessions'

  static override description = `The password is asked for, or taken from stdin, TATUSCAN_PASSWORD or the file that TATUSCAN_PASSWORD_FILE names. ${accessDescription}`

  static override examples = ['<%= config.bin %> users password ana', '<%= config.bin %> users password rui < password.txt']

  static override args = { name: Args.string({ description: 'What they log in as', required: true, ignoreStdin: true }) }

  static override flags = accessFlags

  async run (): Promise<void> {
    const { args: { name }, flags } = await this.parse(UsersPassword)
    reserveStdout()
    await this.within(flags, async ({ setPassword }) => {
      const { askPassword } = await import('../../access/ask-password.ts')
      await setPassword(name, await askPassword(name))
    })
    await print(`${name} has another password`)
  }
}
