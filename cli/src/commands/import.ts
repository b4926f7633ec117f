import { Args, Flags } from '@oclif/core'
import { TatuScanError } from '@tatuscan/core'
import { AgentCommand, commonFlags } from '../agent-command.ts'
import { endOnSignal, interruptedCode } from '../end-on-signal.ts'
import { print, reserveStdout } from '../output.ts'

export default class Import extends AgentCommand {
  static override summary = 'Bring in the machines of an original TatuScan, from its database, which is only read'

  static override description = 'The machines go into the database that serve uses, also while it serves. One that is there already keeps its values, and gains ' +
    'an older created_at, a missing model, activation date and activation days. Run again it goes on from where it was ended, or changes nothing.'

  static override usage = 'import URL [--config FILE] [--log-level LEVEL] [--json]'

  static override examples = [
    '<%= config.bin %> import /srv/tatuscan.db.original',
    '<%= config.bin %> import postgresql+psycopg2://user:password@host:5432/tatuscan',
    'TIMEZONE=America/Sao_Paulo <%= config.bin %> import mysql+pymysql://user:password@host/tatuscan --json'
  ]

  static override args = { url: Args.string({ description: "The original's database: a file, or a URL as in its SQLALCHEMY_DATABASE_URI", ignoreStdin: true }) }

  static override strict = false // oclif would show the arguments that are too many, and a password with them

  static override flags = {
    ...commonFlags,
    json: Flags.boolean({ summary: 'Print the summary as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { flags, argv } = await this.parse(Import)
    const [from] = argv as string[]
    if (from === undefined || argv.length > 1) throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'import takes one database of the original, such as: tatuscan import /srv/tatuscan.db.original')
    reserveStdout()
    const signal = endOnSignal()
    const settings = await this.settings(flags)
    const { runImport } = await import('../run-import.ts')
    const summary = await runImport(settings, from, signal)
    await print(flags.json ? JSON.stringify(summary, undefined, 2) : (await import('../import-summary.ts')).importSummary(summary))
    if (!summary.complete) this.exit(interruptedCode(signal))
  }
}
