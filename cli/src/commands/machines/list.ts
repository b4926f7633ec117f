import { Flags } from '@oclif/core'
import { apiFlags, filterFlags, MachinesCommand, queryOf } from '../../machines/machines-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class MachinesList extends MachinesCommand {
  static override summary = 'List machines'

  static override description = 'On a terminal columns are cut to its width; elsewhere every value is whole.'

  static override examples = [
    '<%= config.bin %> machines list --status lost --sort last_seen',
    "<%= config.bin %> machines list --os-version 'Windows 10' --json",
    '<%= config.bin %> machines list --facts os.architecture=aarch64 --limit 20'
  ]

  static override flags = {
    ...apiFlags,
    ...filterFlags,
    limit: Flags.integer({ summary: 'At most so many', min: 1, helpValue: 'N' }),
    json: Flags.boolean({ summary: 'Print {"items", "count"} as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(MachinesList)
    reserveStdout()
    const query = queryOf(flags)
    const client = await this.client(flags)
    const { machinePages } = await import('../../machines/pages.ts')
    const { machineTable } = await import('../../machines/machine-table.ts')
    const lines = machineTable(process.stdout.isTTY ? process.stdout.columns : undefined)
    let [shown, matching, begun] = [0, 0, false]
    for await (const { items, count } of machinePages(client, query, flags.limit)) {
      if (flags.json && !begun) await print('{"items":[')
      begun = true
      const before = shown > 0 ? ',' : ''
      shown += items.length
      matching = count
      if (!flags.json) await print(lines(items).join('\n'))
      else if (items.length > 0) await print(before + items.map((item) => JSON.stringify(item)).join(',\n'))
    }
    if (flags.json) await print(`],"count":${matching}}`)
    else if (process.stderr.isTTY) console.error(shown < matching ? `${shown} of ${matching} machines` : `${matching} machines`)
    client.close()
  }
}
