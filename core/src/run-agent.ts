import { setTimeout as sleep } from 'node:timers/promises'
import { collectReport, type CollectReportOptions } from './collect-report.ts'
import { closeSink, deliver } from './deliver.ts'
import { DeliveryError } from './errors.ts'
import type { Report } from './report.ts'
import type { Sink } from './sink.ts'
import { createTrackRecord } from './track-record.ts'

export interface RunAgentOptions extends Omit<CollectReportOptions, 'intervalS' | 'signal' | 'trackRecord'> {
  /** Where each report goes; each sink at its own pace, so that a slow one holds up no other. */
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

/** How many reports wait for a sink that is busy; beyond that the oldest go. */
const mostWaiting = 60

/**
 * The agent: collects and delivers a report at once and then every interval, until the signal aborts. A cycle that
 * overruns skips the ones it missed; cycles never overlap. Resolves once every sink is closed, or was given up on.
 */
export async function runAgent ({ sinks, intervalMs = 60_000, signal, onReport, onDelivered, onError, ...options }: RunAgentOptions): Promise<void> {
  const lanes = sinks.map((sink) => openLane(sink, { signal, onDelivered, onError }))
  const trackRecord = createTrackRecord({ intervalMs })

  async function cycle (): Promise<void> {
    try {
      const report = await collectReport({ ...options, signal, trackRecord, intervalS: intervalMs / 1000 })
      onReport?.(report)
      for (const { offer } of lanes) offer(report)
    } catch (error) {
      if (!signal.aborted) onError?.(error)
    }
  }

  const start = performance.now()
  while (!signal.aborted) {
    await cycle()
    const elapsed = performance.now() - start
    await sleep(intervalMs - elapsed % intervalMs, undefined, { signal }).catch(() => {}) // only the signal rejects it
  }
  await Promise.all(lanes.map(async ({ close }) => await close()))
}

/** One sink, with what waits for it: one write at a time, each with everything that has come meanwhile. */
function openLane (sink: Sink, { signal, onDelivered, onError }: Pick<RunAgentOptions, 'signal' | 'onDelivered' | 'onError'>) {
  let waiting: Report[] = []
  let writing: Promise<void> | undefined

  async function write (): Promise<void> {
    while (waiting.length > 0 && !signal.aborted) {
      const reports = waiting
      waiting = []
      try {
        await deliver(sink, reports, { signal })
        for (const report of reports) onDelivered?.(report, sink)
      } catch (error) {
        if (!signal.aborted) onError?.(error, sink)
      }
    }
    writing = undefined
  }

  return {
    offer (report: Report): void {
      waiting.push(report)
      if (waiting.length > mostWaiting) {
        waiting.shift()
        onError?.(new DeliveryError(`the sink ${sink.name} is so slow that a report was left out`, { retryable: false }), sink)
      }
      writing ??= write()
    },
    async close (): Promise<void> {
      await writing
      await closeSink(sink).catch((error: unknown) => onError?.(error, sink))
    }
  }
}
