import { Args, Flags } from '@oclif/core'
import { AgentCommand, commonFlags } from '../agent-command.ts'
import { endOnSignal, interruptedCode } from '../end-on-signal.ts'
import { print, reserveStdout } from '../output.ts'

export default class Backup extends AgentCommand {
  static override summary = 'Copy the SQLite database that serve uses, also while it serves'

  static override description = 'The copy is the database as it was at one moment, has its name once all of it is on disk, and only its owner may read it. ' +
    'A file that is there already stays as it is. For PostgreSQL and MariaDB it says what to run instead.'

  static override examples = ['<%= config.bin %> backup /var/backups/tatuscan.db']

  static override args = { file: Args.string({ description: 'The file to make', required: true, ignoreStdin: true }) }

  static override flags = {
    ...commonFlags,
    json: Flags.boolean({ summary: 'Print what was made as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { args, flags } = await this.parse(Backup)
    reserveStdout()
    const signal = endOnSignal()
    const settings = await this.settings(flags)
    const { runBackup } = await import('../run-backup.ts')
    const backup = await runBackup(settings, args.file, signal)
    if (backup === undefined) this.exit(interruptedCode(signal))
    await print(flags.json ? JSON.stringify(backup, undefined, 2) : `${backup.file}: ${(backup.bytes / 1_048_576).toFixed(1)} MiB`)
  }
}
