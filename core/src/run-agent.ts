import { setTimeout as sleep } from 'node:timers/promises'
import { collectReport, type CollectReportOptions } from './collect-report.ts'
import type { Report } from './report.ts'
import type { Sink } from './sink.ts'

export interface RunAgentOptions extends Omit<CollectReportOptions, 'intervalS' | 'signal'> {
  /** Where each report goes; all at once, so that a slow one holds up no other. */
  readonly sinks: readonly Sink[]
  /** Time from the start of one cycle to the start of the next, in milliseconds. @default 60000 */
  readonly intervalMs?: number
  /** Ends the agent. */
  readonly signal: AbortSignal
  /** Told of each report that was made, before it is sent. */
  readonly onReport?: (report: Report) => void
  /** Told of each report that reached a sink. */
  readonly onDelivered?: (report: Report, sink: Sink) => void
  /** Told of what went wrong: with the collecting (no sink), or with one sink. The agent carries on. */
  readonly onError?: (error: unknown, sink?: Sink) => void
}

/**
 * The agent: collects and delivers a report at once and then every interval, until the signal aborts. A cycle that
 * overruns skips the ones it missed; cycles never overlap. Resolves once every sink is closed.
 */
export async function runAgent ({
  sinks, intervalMs = 60_000, signal, onReport, onDelivered, onError, ...options
}: RunAgentOptions): Promise<void> {
  const cycle = async (): Promise<void> => {
    let report: Report
    try {
      report = await collectReport({ ...options, signal, intervalS: intervalMs / 1000 })
    } catch (error) {
      if (!signal.aborted) onError?.(error)
      return
    }
    onReport?.(report)
    await Promise.all(sinks.map(async (sink) => {
      try {
        await sink.write([report], { signal })
        onDelivered?.(report, sink)
      } catch (error) {
        if (!signal.aborted) onError?.(error, sink)
      }
    }))
  }

  const start = performance.now()
  try {
    while (!signal.aborted) {
      await cycle()
      const elapsed = performance.now() - start
      const wait = intervalMs - elapsed % intervalMs
      await sleep(wait, undefined, { signal }).catch(() => {}) // only the signal rejects it
    }
  } finally {
    await Promise.all(sinks.map((sink) => sink.close?.()))
  }
}
