import type { SpoolEvent } from '@tatuscan/core/sinks'

export type SpoolLog = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

/** Logs what a spool tells of: an outage is one warning when it begins, and what goes on meanwhile is for debugging. */
export function logSpool (log: SpoolLog): (event: SpoolEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'waiting': {
        const { error: { code, message }, first, reports, retryInMs } = event
        const seconds = Math.round(retryInMs / 1000)
        return log[first ? 'warn' : 'debug']({ code, reports, retry_in_s: seconds }, `${message}; ${reports} reports are kept and wait, the next attempt is in ${seconds} s`)
      }
      case 'delivered': {
        const { reports, left, again } = event
        return log[again ? 'info' : 'debug']({ reports, left }, again ? `the server takes reports again: ${reports} were delivered, ${left} are left` : 'delivered what was kept')
      }
      case 'refused':
        return log.error({ code: 'TATUSCAN_REPORT_REFUSED', report_id: event.reportId }, `${event.why}; the report ${event.reportId} is put away in rejected/`)
      case 'dropped': {
        const { reports, total } = event
        return log[reports === total ? 'warn' : 'debug']({ code: 'TATUSCAN_SPOOL_DROPPED', reports, total }, `the spool is full, or what it holds too old: ${total} reports were dropped, the oldest first; the next report tells`)
      }
      case 'damaged':
        return log.warn({ file: event.file }, `${event.file} in the spool is no whole report, and is put away in bad/`)
      case 'disk-failed':
        return log.error({ code: event.error.code }, event.error.message)
      case 'disk-works':
        return log.info({}, 'the spool can be used again')
    }
  }
}

/** For one report: what failed ends the command; what else there is to say goes to stderr. */
export function tellSpool (tell: (message: string) => void): (event: SpoolEvent) => void {
  const say = (_: object, message: string): void => tell(message)
  const log = logSpool({ debug: () => {}, info: () => {}, warn: say, error: say })
  return (event) => { if (event.type !== 'waiting' && event.type !== 'refused') log(event) }
}
