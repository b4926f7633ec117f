import { collectReport, DeliveryError, keepIdentity, stateFolder } from '@tatuscan/core'
import { endOnSignal, interruptedCode } from './end-on-signal.ts'
import { exitWith } from './exit.ts'
import { print, reserveStdout } from './output.ts'
import { printable } from './printable.ts'
import { readSettings, type Settings } from './settings.ts'
import type { Delivery } from './sinks.ts'
import { surviveStrays } from './strays.ts'

/** `tatuscan collect`: one report, shown and, where that is asked for, sent. */
export async function runCollect (flags: Record<string, unknown>): Promise<void> {
  reserveStdout()
  const signal = endOnSignal()
  const settings = await readSettings(flags)
  const tell = (message: string): void => console.error(`tatuscan: ${printable(message)}`)
  const { sinks = [], ...ids } = flags.send ? await openDeliveryOf(settings, tell) : {}
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
  }).catch((error: unknown) => { throw signal.aborted ? exitWith(interruptedCode(signal)) : error })
  await print(flags.json ? JSON.stringify(report, undefined, 2) : (await import('./report-table.ts')).reportTable(report))
  if (sinks.length === 0) return
  const { sendReport } = await import('./send-report.ts')
  const deliveries = await Promise.allSettled(sinks.map(async (sink) => await sendReport(sink, report, signal)))
  const failed = deliveries.filter((delivery) => delivery.status === 'rejected').map(({ reason }) => reason as Error)
  if (failed.length > 1) throw new DeliveryError(failed.map(({ message }) => message).join('; '), { retryable: true })
  if (failed.length === 1) throw failed[0]
}

async function openDeliveryOf (settings: Settings, tell: (message: string) => void): Promise<Delivery> {
  const [{ openDelivery }, { tellSpool }] = await Promise.all([import('./sinks.ts'), import('./spool-log.ts')])
  return await openDelivery(settings, { onEvent: tellSpool(tell), onWarning: tell, rotate: false })
}
