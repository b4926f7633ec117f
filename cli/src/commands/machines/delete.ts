import { Args, Flags } from '@oclif/core'
import { TatuScanError } from '@tatuscan/core'
import type { MachineItem } from '../../machines/item.ts'
import { apiFlags, MachinesCommand } from '../../machines/machines-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class MachinesDelete extends MachinesCommand {
  static override summary = 'Forget machines; one whose agent still runs comes back with its next report'

  static override examples = ['<%= config.bin %> machines delete srv-01', '<%= config.bin %> machines delete b151a34b 77fe02aa --yes']

  static override args = { machine: Args.string({ description: 'Hostname, id, or the first digits of an id; several may be named', ignoreStdin: true }) }

  static override strict = false

  static override flags = {
    ...apiFlags,
    yes: Flags.boolean({ summary: "Don't ask", char: 'y', default: false }),
    'dry-run': Flags.boolean({ summary: 'Tell which would go, and change nothing', default: false })
  }

  async run (): Promise<void> {
    const { argv, flags } = await this.parse(MachinesDelete)
    if (argv.length === 0) throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'name the machines to delete: tatuscan machines delete srv-01')
    reserveStdout()
    const client = await this.client(flags)
    const { findMachine } = await import('../../machines/find-machine.ts')
    const machines = new Map<string, MachineItem>()
    for (const name of argv as string[]) { // all are looked up before any goes
      const item = await findMachine(client, name)
      machines.set(item.machine_id, item)
    }
    const { shown } = await import('../../report-table.ts')
    const names = [...machines.values()].map(({ hostname, machine_id: id }) => `${shown(hostname)} (${id})`)
    if (flags['dry-run']) return await print(names.map((name) => `Would delete ${name}`).join('\n'))
    const { confirm } = await import('../../machines/confirm.ts')
    if (!flags.yes && !await confirm(`Delete ${names.join(', ')}?`)) return console.error('Nothing was deleted')
    for (const [index, id] of [...machines.keys()].entries()) {
      await client.json('DELETE', `api/machines/${id}`)
      await print(`Deleted ${names[index]}`)
    }
  }
}
