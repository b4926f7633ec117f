import { systemClock, type Clock } from './clock.ts'
import { collectReport, type CollectReportOptions } from './collect-report.ts'
import { closeSink, deliver } from './deliver.ts'
import { DeliveryError } from './errors.ts'
import { identify as derive } from './identity/identify.ts'
import type { Report } from './report.ts'
import { createSchedule } from './schedule.ts'
import type { Sink } from './sink.ts'
import { createTrackRecord } from './track-record.ts'
import { createWatchdog } from './watchdog.ts'

/** What the agent's loop collects, where it delivers, and how often. */
export interface RunAgentOptions extends Omit<CollectReportOptions, 'intervalS' | 'signal' | 'trackRecord' | 'date'> {
  /** Where each report goes; each sink at its own pace, so that a slow one holds up no other. */
  readonly sinks: readonly Sink[]
  /** Time from the start of one cycle to the start of the next, in milliseconds. @default 60000 */
  readonly intervalMs?: number
  /** How long the first report waits for an identity that is still pending, in milliseconds. @default 120000 */
  readonly identityWaitMs?: number
  /** Ends the agent. */
  readonly signal: AbortSignal
  /** The time to live by. @default the system's */
  readonly clock?: Clock
  /** Told of each report that was made, before it is sent. */
  readonly onReport?: (report: Report) => void
  /** Told of each report that reached a sink. */
  readonly onDelivered?: (report: Report, sink: Sink) => void
  /** Told of what went wrong: with the collecting (no sink), or with one sink. The agent carries on. */
  readonly onError?: (error: unknown, sink?: Sink) => void
  /** Told, before each wait, what the identity waits for. */
  readonly onPending?: (what: string) => void
}

/** How many reports wait for a sink that is busy; beyond that the oldest go. */
const mostWaiting = 60

/** How often an identity that is pending is looked at again. */
const pendingMs = 5000

/**
 * The agent: collects and delivers a report at once, then in a slot of its own and from there every interval, until
 * the signal aborts; see {@link createSchedule}. A cycle that overruns skips the ones it missed; cycles never overlap.
 * The wall clock may jump, only timestamps follow it. Resolves once every sink is closed, or was given up on.
 *
 * @throws {TatuScanError} TATUSCAN_AGENT_STUCK where no cycle has ended for five intervals (of the collectors'
 *   deadline, where that is longer); sinks are not waited for then
 */
export async function runAgent ({
  sinks, intervalMs = 60_000, identityWaitMs = 120_000, signal, clock = systemClock, identify = derive, onReport, onDelivered, onError, onPending, ...options
}: RunAgentOptions): Promise<void> {
  const lanes = sinks.map((sink) => openLane(sink, { signal, onDelivered, onError }))
  const trackRecord = createTrackRecord({ intervalMs, now: () => new Date(clock.date()) })
  const began = clock.now()
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const watchdog = createWatchdog({ clock, intervalMs: Math.max(intervalMs, options.timeoutMs ?? 5000), signal: ended })

  /** @returns the report; undefined where there was none to make; what the identity waits for, where it still may */
  async function cycle (): Promise<Report | string | undefined> {
    try {
      let pending: string | undefined
      const report = await collectReport({
        ...options,
        signal,
        trackRecord,
        intervalS: intervalMs / 1000,
        date: clock.date,
        identify: (facts, failures) => {
          const identity = identify(facts, failures)
          pending = identity.pending
          return identity
        }
      })
      if (ended.aborted) return undefined // the watchdog has given up on this cycle
      if (pending !== undefined && clock.now() - began < identityWaitMs) return pending
      onReport?.(report)
      for (const { offer } of lanes) offer(report)
      return report
    } catch (error) {
      if (!signal.aborted) onError?.(error)
      return undefined
    } finally {
      watchdog.fed()
    }
  }

  async function loop (): Promise<void> {
    let next = (now: number): number => now + intervalMs // until a report tells the machine id
    let scheduled = false
    while (!ended.aborted) {
      const start = clock.now()
      const made = await cycle()
      if (ended.aborted) break
      if (typeof made === 'string' && !scheduled) {
        onPending?.(made)
        await clock.sleep(Math.min(pendingMs, intervalMs), ended)
        continue
      }
      if (typeof made === 'object' && !scheduled) {
        scheduled = true
        next = createSchedule(start, intervalMs, made.machine_id)
      }
      const now = clock.now()
      await clock.sleep(next(now) - now, ended)
    }
  }

  try {
    await Promise.race([loop(), watchdog.watch])
  } finally {
    stop.abort()
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
