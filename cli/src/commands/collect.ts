import { Flags } from '@oclif/core'
import { AgentCommand, collectFlags, deliveryFlags } from '../agent-command.ts'
import { print, reserveStdout } from '../output.ts'

export default class Collect extends AgentCommand {
  static override summary = 'Collect one report of this machine, and show or send it'

  static override examples = ['<%= config.bin %> collect', '<%= config.bin %> collect --json', '<%= config.bin %> collect --send --url http://server:8040']

  static override flags = {
    ...collectFlags,
    ...deliveryFlags,
    json: Flags.boolean({ summary: 'Print the report as JSON, as it goes over the wire', env: 'TATUSCAN_JSON' }),
    send: Flags.boolean({ summary: 'Deliver the report', env: 'TATUSCAN_SEND' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(Collect)
    reserveStdout()
    const settings = await this.settings(flags)
    const sinks = flags.send ? (await import('../sinks.ts')).sinksOf(settings) : []
    const { collectReport } = await import('@tatuscan/core')
    const report = await collectReport({ collectors: settings.collectors, timeoutMs: settings.timeoutMs, intervalS: settings.intervalMs / 1000 })
    await print(flags.json ? JSON.stringify(report, undefined, 2) : (await import('../report-table.ts')).reportTable(report))
    const { signal } = new AbortController()
    try {
      for (const sink of sinks) await sink.write([report], { signal })
    } finally {
      for (const sink of sinks) await sink.close?.()
    }
  }
}
