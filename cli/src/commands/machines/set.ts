import { readFile } from 'node:fs/promises'
import { Args, Flags } from '@oclif/core'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { endOnSignal, interruptedCode } from '../../end-on-signal.ts'
import type { Client } from '../../machines/client.ts'
import { apiFlags, MachinesCommand } from '../../machines/machines-command.ts'
import { print, reserveStdout } from '../../output.ts'

interface OneMachine {
  readonly model?: string | undefined
  readonly activation?: string | undefined
  readonly days?: string | undefined
  readonly json?: boolean
}

export default class MachinesSet extends MachinesCommand {
  static override summary = 'Set what people know of a machine, or of many from a CSV file'

  static override description = 'The file has the columns hostname and activation date, model or activation days (in Portuguese too), with commas or semicolons; an empty cell ' +
    'changes nothing. All of it is checked first. Rows that match no machine, or several, are told, and end it with 1 once the others are set.'

  static override examples = [
    "<%= config.bin %> machines set srv-01 --model 'OptiPlex 7090' --activation 03/02/2024",
    "<%= config.bin %> machines set srv-01 --model ''",
    '<%= config.bin %> machines set --csv activation.csv --dry-run'
  ]

  static override args = { machine: Args.string({ description: 'Its hostname, its id, or the first digits of its id', ignoreStdin: true }) }

  static override flags = {
    ...apiFlags,
    model: Flags.string({ summary: "The computer's model; empty: unknown", helpValue: 'TEXT', exclusive: ['csv'] }),
    activation: Flags.string({ summary: 'When it was put to use: YYYY-MM-DD, DD/MM/YYYY or ISO 8601; empty: unknown', helpValue: 'DATE', exclusive: ['csv'] }),
    days: Flags.string({ summary: 'Days since then; empty: unknown', helpValue: 'N', exclusive: ['csv'] }),
    csv: Flags.string({ summary: 'Set what this file says', helpValue: 'FILE' }),
    'dry-run': Flags.boolean({ summary: 'With --csv: tell what would be set, and change nothing', dependsOn: ['csv'] }),
    json: Flags.boolean({ summary: 'Print what became of each row as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(MachinesSet)
    reserveStdout()
    const client = await this.client(flags)
    if (flags.csv === undefined) return await this.setOne(client, args.machine, flags)
    if (args.machine !== undefined) throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'with --csv the file names the machines: leave the argument out')
    await this.setMany(client, flags.csv, { dryRun: flags['dry-run'] === true, json: flags.json })
  }

  private async setOne (client: Client, machine: string | undefined, { model, activation, days, json }: OneMachine): Promise<void> {
    if (machine === undefined || (model === undefined && activation === undefined && days === undefined)) {
      throw new TatuScanError('TATUSCAN_INVALID_OPTION', "name a machine and what to set, such as: tatuscan machines set srv-01 --model 'OptiPlex 7090'; or a file with --csv")
    }
    if (days !== undefined && !/^(-?\d{1,9})?$/.test(days)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--days takes a whole number; got ${JSON.stringify(days)}`)
    const { findMachine } = await import('../../machines/find-machine.ts')
    const { machine_id: id } = await findMachine(client, machine)
    await client.json('PATCH', `api/machines/${id}`, {
      ...model !== undefined && { computer_model: model || null },
      ...activation !== undefined && { computer_activation: activation || null },
      ...days !== undefined && { activation_days: days === '' ? null : Number(days) }
    })
    await print(json ? JSON.stringify(await client.json('GET', `api/machines/${id}`), undefined, 2) : `Set ${id}`)
  }

  private async setMany (client: Client, file: string, { dryRun, json }: { dryRun: boolean, json: boolean }): Promise<void> {
    const signal = endOnSignal()
    const bytes = await readFile(file).catch((error: unknown) => { throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${file} can't be read: ${messageOf(error)}`, { cause: error }) })
    const { readSettingsCsv } = await import('../../machines/read-settings-csv.ts')
    const rows = readSettingsCsv(bytes)
    const bar = (await import('../../machines/progress.ts')).progress()
    const { setByCsv } = await import('../../machines/set-by-csv.ts')
    const outcomes = await setByCsv(client, rows, { dryRun, signal, onProgress: bar.show }).finally(bar.clear)
    const { shown } = await import('../../report-table.ts')
    const wrong = outcomes.filter(({ outcome }) => outcome !== 'set' && outcome !== 'nothing to set')
    if (json) await print(JSON.stringify(outcomes, undefined, 2))
    else {
      for (const { line, hostname, outcome, machine_ids: ids, message } of wrong) {
        await print(`line ${line}: ${shown(hostname)}: ${message === undefined ? outcome : shown(message)}${ids.length > 1 ? ` (${ids.join(', ')})` : ''}`)
      }
      const set = outcomes.filter(({ outcome }) => outcome === 'set').length
      await print(`${dryRun ? 'Would set' : 'Set'} ${set} of ${rows.length} machines`)
    }
    if (signal.aborted) this.exit(interruptedCode(signal))
    if (wrong.length > 0) this.exit(1)
  }
}
