import { Args, Flags } from '@oclif/core'
import type { MachineItem } from '../../machines/item.ts'
import { apiFlags, MachinesCommand } from '../../machines/machines-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class MachinesAdd extends MachinesCommand {
  static override summary = 'Add a machine by hand, such as one that no agent runs on; its id is printed alone'

  static override description = 'With --mac it gets the id that an agent on it would have, so that it stays one machine once there is one. ' +
    'As nothing reports it, its status ends at lost.'

  static override examples = [
    "<%= config.bin %> machines add printer-3 --os other --ip 192.0.2.40 --model 'LaserJet 400'",
    '<%= config.bin %> machines add srv-09 --os linux --mac 00:1b:21:aa:bb:cc --activation 03/02/2024'
  ]

  static override args = { hostname: Args.string({ description: 'Its hostname', required: true, ignoreStdin: true }) }

  static override flags = {
    ...apiFlags,
    os: Flags.string({ summary: 'linux, windows, darwin or any other word', required: true, helpValue: 'OS' }),
    'os-version': Flags.string({ summary: "Such as 'Windows 11'", helpValue: 'VERSION' }),
    ip: Flags.string({ summary: 'Its address', helpValue: 'ADDRESS' }),
    model: Flags.string({ summary: 'The computer’s model', helpValue: 'TEXT' }),
    activation: Flags.string({ summary: 'When it was put to use: YYYY-MM-DD, DD/MM/YYYY or ISO 8601', helpValue: 'DATE' }),
    mac: Flags.string({ summary: 'Addresses of its physical network interfaces, from which its id is derived', helpValue: 'MAC', multiple: true, multipleNonGreedy: true, default: [] }),
    id: Flags.string({ summary: 'Its id: 64 hexadecimal digits [default: random]', helpValue: 'ID', exclusive: ['mac'] }),
    json: Flags.boolean({ summary: 'Print the machine as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(MachinesAdd)
    reserveStdout()
    const { addMachine } = await import('../../machines/add-machine.ts')
    const item: MachineItem = await addMachine(await this.client(flags), { ...flags, hostname: args.hostname })
    await print(flags.json ? JSON.stringify(item, undefined, 2) : item.machine_id)
  }
}
