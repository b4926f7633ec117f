import { Flags } from '@oclif/core'
import { AgentCommand, collectFlags, deliveryFlags } from '../agent-command.ts'
import { endOnSignal, interruptedCode } from '../end-on-signal.ts'
import type { Delivery } from '../sinks.ts'
import type { Settings } from '../settings.ts'
import { print, reserveStdout } from '../output.ts'
import { surviveStrays } from '../strays.ts'

export default class Collect extends AgentCommand {
  static override summary = 'Collect one report of this machine, and show or send it'

  static override examples = ['<%= config.bin %> collect', '<%= config.bin %> collect --json', '<%= config.bin %> collect --send --url http://server:8040']

  static override flags = {
    ...collectFlags,
    ...deliveryFlags,
    json: Flags.boolean({ summary: 'Print the report as JSON, as it goes over the wire', env: 'TATUSCAN_JSON' }),
    send: Flags.boolean({ summary: 'Deliver the report', env: 'TATUSCAN_SEND' })
  }

  private async delivery (settings: Settings, tell: (message: string) => void): Promise<Delivery> {
    const [{ openDelivery }, { tellSpool }] = await Promise.all([import('../sinks.ts'), import('../spool-log.ts')])
    return await openDelivery(settings, { onEvent: tellSpool(tell), onWarning: tell, rotate: false })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(Collect)
    reserveStdout()
    const signal = endOnSignal()
    const settings = await this.settings(flags)
    const tell = (message: string): void => console.error(`tatuscan: ${message}`)
    const { sinks = [], ...ids } = flags.send ? await this.delivery(settings, tell) : {}
    const { collectReport, DeliveryError, keepIdentity, stateFolder } = await import('@tatuscan/core')
    surviveStrays(tell)
    const decide = keepIdentity({ folder: stateFolder(), onWarning: tell })
    const report = await collectReport({
      collectors: settings.collectors,
      timeoutMs: settings.timeoutMs,
      intervalS: settings.intervalMs / 1000,
      signal,
      ...ids,
      identify: (facts, failures) => {
        const decision = decide(facts, failures)
        if (flags.send && decision.pending !== undefined) tell(`this machine's identity may change yet, and the report is sent all the same: ${decision.pending}`)
        return decision
      }
    }).catch((error: unknown) => signal.aborted ? this.exit(interruptedCode(signal)) : Promise.reject(error))
    await print(flags.json ? JSON.stringify(report, undefined, 2) : (await import('../report-table.ts')).reportTable(report))
    if (sinks.length === 0) return
    const { sendReport } = await import('../send-report.ts')
    const deliveries = await Promise.allSettled(sinks.map(async (sink) => await sendReport(sink, report, signal)))
    const failed = deliveries.filter((delivery) => delivery.status === 'rejected').map(({ reason }) => reason as Error)
    if (failed.length > 1) throw new DeliveryError(failed.map(({ message }) => message).join('; '), { retryable: true })
    if (failed.length === 1) throw failed[0]
  }
}
