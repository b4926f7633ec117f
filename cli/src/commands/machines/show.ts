import { Args, Flags } from '@oclif/core'
import type { KnownCollector } from '@tatuscan/core'
import { apiFlags, MachinesCommand } from '../../machines/machines-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class MachinesShow extends MachinesCommand {
  static override summary = 'Show one machine, with its facts and what failed'

  static override examples = ['<%= config.bin %> machines show srv-01', '<%= config.bin %> machines show b151a34b --json']

  static override args = { machine: Args.string({ description: 'Its hostname, its id, or the first digits of its id', required: true, ignoreStdin: true }) }

  static override flags = { ...apiFlags, json: Flags.boolean({ summary: 'Print it as JSON', env: 'TATUSCAN_JSON' }) }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(MachinesShow)
    reserveStdout()
    const client = await this.client(flags)
    const { findMachine, readMachine } = await import('../../machines/find-machine.ts')
    const { machine_id: id } = await findMachine(client, args.machine)
    const item = await readMachine(client, id)
    if (flags.json) return await print(JSON.stringify(item, undefined, 2))
    const items = await client.list<KnownCollector>('api/collectors')
    await print((await import('../../machines/machine-sections.ts')).machineSections(item, items))
  }
}
