import { Flags } from '@oclif/core'
import { AccessCommand, accessDescription, accessFlags } from '../../access/access-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class TokensList extends AccessCommand {
  static override summary = 'List the tokens of scripts, by their ids'

  static override description = accessDescription

  static override flags = { ...accessFlags, json: Flags.boolean({ summary: 'Print {"items", "count"} as JSON', env: 'TATUSCAN_JSON' }) }

  async run (): Promise<void> {
    const { flags } = await this.parse(TokensList)
    reserveStdout()
    const items = await this.within(flags, async ({ tokens }) => await tokens())
    await print(flags.json ? JSON.stringify({ items, count: items.length }, undefined, 2) : (await import('../../access/access-table.ts')).tokensTable(items))
  }
}
