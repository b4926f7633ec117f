import type { Collector } from './collector.ts'
import type { Failure } from './report.ts'

/** How collectors did in the reports before, for {@link collectReport} to decide on. */
export interface TrackRecord {
  /** Why this collector is not run in this report; called once per report. */
  refusal (collector: Collector): Pick<Failure, 'code' | 'message'> | undefined
  /** Takes note of a run, so that no second one begins before it has ended. */
  began (collector: Collector, run: Promise<unknown>): void
  /** Takes note of what came of it: undefined is a success. */
  ended (collector: Collector, failure: Failure | undefined): void
}

/** How often there is a report, which failing collectors sit out. */
export interface TrackRecordOptions {
  /** Milliseconds from one report to the next. */
  readonly intervalMs: number
  /** Tells the time that is shown. @default the clock's */
  readonly now?: () => Date
}

interface History {
  failures: number
  since?: Date
  last?: Failure
  /** Reports that are still made without it. */
  pause: number
  running: boolean
}

/** Failures in a row after which a collector pauses. */
const patience = 3

const longestPauseMs = 3_600_000

/**
 * A collector that has failed three times in a row sits out the next two reports and is tried once more, then four,
 * eight and so on, up to an hour's; one success, and all is forgotten. One that has not come to an end is not begun a
 * second time. A record belongs to the collector itself: one that takes another's place starts with a clean one.
 */
export function createTrackRecord ({ intervalMs, now = () => new Date() }: TrackRecordOptions): TrackRecord {
  const records = new WeakMap<Collector, History>()
  const longest = Math.max(1, Math.floor(longestPauseMs / intervalMs))

  function recordOf (collector: Collector): History {
    const record = records.get(collector) ?? { failures: 0, pause: 0, running: false }
    records.set(collector, record)
    return record
  }

  return {
    refusal (collector) {
      const record = recordOf(collector)
      if (record.pause > 0) {
        const message = `paused after ${record.failures} failures in a row since ${record.since!.toISOString()}; ` +
          `tried again ${inReports(record.pause--, intervalMs)}. The last one: ${record.last!.code}: ${record.last!.message}`
        return { code: 'TATUSCAN_COLLECTOR_PAUSED', message }
      }
      if (record.running) return { code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'the run that an earlier report began has not ended; it is not begun again before it does' }
      return undefined
    },
    began (collector, run) {
      const record = recordOf(collector)
      record.running = true
      const end = (): void => { record.running = false }
      run.then(end, end)
    },
    ended (collector, failure) {
      const record = recordOf(collector)
      if (failure === undefined) {
        Object.assign(record, { failures: 0, since: undefined, last: undefined })
        return
      }
      record.failures++
      record.since ??= now()
      record.last = failure
      if (record.failures >= patience) record.pause = Math.min(longest, 2 ** Math.min(30, record.failures - patience + 1))
    }
  }
}

function inReports (reports: number, intervalMs: number): string {
  const seconds = Math.round(reports * intervalMs / 1000)
  const time = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
  return `${reports === 1 ? 'in the next report' : `${reports} reports from now`}, in about ${time}`
}
