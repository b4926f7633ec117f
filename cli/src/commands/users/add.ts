import { Args, Flags } from '@oclif/core'
import { personRoles } from '@tatuscan/core'
import { AccessCommand, accessDescription, accessFlags } from '../../access/access-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class UsersAdd extends AccessCommand {
  static override summary = 'Add a person who may log in'

  static override description = `Their password is asked for, or taken from stdin, TATUSCAN_PASSWORD or the file that TATUSCAN_PASSWORD_FILE names. ${accessDescription}`

  static override examples = ['<%= config.bin %> users add ana --role admin', '<%= config.bin %> users add rui --role viewer < password.txt']

  static override args = { name: Args.string({ description: 'What they log in as: letters, digits and . _ @ + -', required: true, ignoreStdin: true }) }

  static override flags = { ...accessFlags, role: Flags.option({ summary: 'viewer: may look; admin: may change too', options: personRoles, required: true })() }

  async run (): Promise<void> {
    const { args: { name }, flags } = await this.parse(UsersAdd)
    reserveStdout()
    await this.within(flags, async ({ addUser }) => {
      const { askPassword } = await import('../../access/ask-password.ts')
      await addUser({ name, role: flags.role, password: await askPassword(name) })
    })
    await print(`Added ${name}, ${flags.role}`)
  }
}
