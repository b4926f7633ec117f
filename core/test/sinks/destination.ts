import { DeliveryError, type Report, type Sink } from '../../src/index.ts'

/** What a destination does with a batch: takes it, refuses some of it for good, takes it and loses the answer, or is away. */
export type Mood = 'up' | 'down' | 'deaf'

/** A sink that stands for a server: it accepts each report_id once, as the server does, and remembers in which order. */
export interface Destination extends Sink {
  mood: Mood
  /** The wait that it asks for when it is down. */
  retryAfterMs: number | undefined
  /** Reports that it refuses for good. */
  refuses: (report: Report) => boolean
  /** The report_ids that it has accepted, in order of arrival, each once. */
  readonly accepted: string[]
  readonly reports: Map<string, Report>
  /** How large each batch was that came, whatever became of it. */
  readonly batches: number[]
}

export function createDestination (): Destination {
  const destination: Destination = {
    name: 'destination',
    mood: 'up',
    retryAfterMs: undefined,
    refuses: () => false,
    accepted: [],
    reports: new Map(),
    batches: [],
    async write (reports, { signal }) {
      signal.throwIfAborted()
      destination.batches.push(reports.length)
      const away = () => new DeliveryError('the destination is away', { retryable: true, retryAfterMs: destination.retryAfterMs })
      if (destination.mood === 'down') throw away()
      const refused = new Map<string, string>()
      const delivered = new Set<string>()
      for (const report of reports) {
        if (destination.refuses(report)) refused.set(report.report_id, 'it is odd')
        else {
          delivered.add(report.report_id)
          if (!destination.reports.has(report.report_id)) destination.accepted.push(report.report_id)
          destination.reports.set(report.report_id, report)
        }
      }
      if (destination.mood === 'deaf') throw away()
      if (refused.size > 0) throw new DeliveryError('some were refused', { retryable: false, delivered, refused })
    }
  }
  return destination
}
