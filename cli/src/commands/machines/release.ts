import { Args, Flags } from '@oclif/core'
import { apiFlags, MachinesCommand } from '../../machines/machines-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class MachinesRelease extends MachinesCommand {
  static override summary = 'Let another agent take a machine over, as after it was installed anew'

  static override description = 'The agent that has its key goes on until another enrols; then its key is dead. With --now the key is dead at once, as one that leaked should be: an agent with the enrolment secret gets another.'

  static override examples = ['<%= config.bin %> machines release srv-01', '<%= config.bin %> machines release srv-01 --now']

  static override args = { machine: Args.string({ description: 'Its hostname, its id, or the first digits of its id', required: true, ignoreStdin: true }) }

  static override flags = { ...apiFlags, now: Flags.boolean({ summary: 'End its key at once' }) }

  async run (): Promise<void> {
    const { args: { machine }, flags } = await this.parse(MachinesRelease)
    reserveStdout()
    const client = await this.client(flags)
    const { findMachine } = await import('../../machines/find-machine.ts')
    // One that has a key and never reported is in no listing
    const id = /^[0-9a-f]{64}$/i.test(machine) ? machine.toLowerCase() : (await findMachine(client, machine)).machine_id
    const { message } = flags.now
      ? await client.json<{ message: string }>('DELETE', `api/machines/${id}/keys`)
      : await client.json<{ message: string }>('POST', `api/machines/${id}/release`, {})
    await print(message)
    client.close()
  }
}
