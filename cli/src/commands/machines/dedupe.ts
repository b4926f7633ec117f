import { Flags } from '@oclif/core'
import { endOnSignal, interruptedCode } from '../../end-on-signal.ts'
import { apiFlags, MachinesCommand } from '../../machines/machines-command.ts'
import { print, reserveStdout } from '../../output.ts'

export default class MachinesDedupe extends MachinesCommand {
  static override summary = 'Of machines that share their hostname keep the one seen last, and delete the others'

  static override description = 'Hostnames are compared to the letter. What people had set on one that goes (model, activation) is kept on the one that stays, where that has none.'

  static override examples = ['<%= config.bin %> machines dedupe --dry-run', '<%= config.bin %> machines dedupe --yes']

  static override flags = {
    ...apiFlags,
    'dry-run': Flags.boolean({ summary: 'Tell which would go, and change nothing', default: false }),
    yes: Flags.boolean({ summary: "Don't ask", char: 'y', default: false }),
    json: Flags.boolean({ summary: 'Print what stays and what goes as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(MachinesDedupe)
    const signal = endOnSignal()
    reserveStdout()
    const client = await this.client(flags)
    const bar = (await import('../../machines/progress.ts')).progress()
    const { findDuplicates } = await import('../../machines/duplicates.ts')
    const found = await findDuplicates(client, bar.show).finally(bar.clear)
    signal.throwIfAborted()
    const total = found.reduce((sum, { remove }) => sum + remove.length, 0)
    const { shown } = await import('../../report-table.ts')
    if (!flags.json) {
      for (const { keep, remove } of found) {
        await print([`${shown(keep.hostname)}: keep ${keep.machine_id}, seen ${keep.last_seen}`, ...remove.map((item) => `  delete ${item.machine_id}, seen ${item.last_seen}`)].join('\n'))
      }
    }
    const { confirm } = await import('../../machines/confirm.ts')
    const go = total > 0 && !flags['dry-run'] && (flags.yes || await confirm(`Delete ${total} of ${total + found.length} machines?`))
    let deleted = 0
    if (go) {
      try {
        for (const { keep, remove, inherit } of found) {
          if (Object.keys(inherit).length > 0) await client.json('PATCH', `api/machines/${keep.machine_id}`, inherit)
          for (const { machine_id: id } of remove) {
            if (signal.aborted) break
            await client.json('DELETE', `api/machines/${id}`)
            bar.show(++deleted, total)
          }
        }
      } finally {
        bar.clear()
      }
    }
    const duplicates = found.map(({ keep, remove }) => ({ hostname: keep.hostname, keep: keep.machine_id, remove: remove.map(({ machine_id: id }) => id) }))
    if (flags.json) await print(JSON.stringify({ duplicates, deleted }, undefined, 2))
    else await print(total === 0 ? 'No two machines share a hostname' : flags['dry-run'] ? `Would delete ${total} machines` : `Deleted ${deleted} of ${total} machines`)
    if (signal.aborted) this.exit(interruptedCode(signal))
  }
}
