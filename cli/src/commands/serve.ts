import { Flags } from '@oclif/core'
import { AgentCommand, collectFlags, deliveryFlags } from '../agent-command.ts'
import { endOnSignal } from '../end-on-signal.ts'

export default class Serve extends AgentCommand {
  static override summary = 'Run the whole server: ingestion, API and pages'

  static override examples = ['<%= config.bin %> serve --agent', '<%= config.bin %> serve --host 0.0.0.0 --port 80']

  static override flags = {
    ...collectFlags,
    interval: deliveryFlags.interval,
    agent: Flags.boolean({ summary: 'Report this machine too', env: 'TATUSCAN_AGENT' }),
    'migrate-only': Flags.boolean({ summary: 'Bring the database up to date, and end', env: 'TATUSCAN_MIGRATE_ONLY' }),
    host: Flags.string({ summary: 'Address to listen on [default: 127.0.0.1]', env: 'TATUSCAN_HOST', helpValue: 'ADDRESS' }),
    port: Flags.string({ summary: 'Port to listen on, 0 for a free one; else PORT [default: 8040]', env: 'TATUSCAN_PORT', helpValue: 'PORT' }),
    prefix: Flags.string({ summary: 'Path below which everything is, as behind a proxy', env: 'TATUSCAN_PREFIX', helpValue: '/PATH' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(Serve)
    const signal = endOnSignal()
    const settings = await this.settings(flags)
    const { runServer } = await import('../run-server.ts')
    await runServer(settings, flags, signal)
  }
}
