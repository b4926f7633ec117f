import { Flags } from '@oclif/core'
import { AccessCommand, accessDescription, accessFlags } from '../../access/access-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class UsersList extends AccessCommand {
  static override summary = 'List the people who may log in'

  static override description = accessDescription

  static override flags = { ...accessFlags, json: Flags.boolean({ summary: 'Print {"items", "count"} as JSON', env: 'TATUSCAN_JSON' }) }

  async run (): Promise<void> {
    const { flags } = await this.parse(UsersList)
    reserveStdout()
    const items = await this.within(flags, async ({ users }) => await users())
    await print(flags.json ? JSON.stringify({ items, count: items.length }, undefined, 2) : (await import('../../access/access-table.ts')).usersTable(items))
  }
}
