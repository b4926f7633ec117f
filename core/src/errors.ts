/**
 * Every error that TatuScan raises on purpose, by its stable code. Messages may be reworded; codes may not.
 */
export type ErrorCode =
  | 'TATUSCAN_INVALID_OPTION' // an option, flag, environment value or configuration file is wrong
  | 'TATUSCAN_COLLECTOR_FAILED' // a collector threw
  | 'TATUSCAN_COLLECTOR_TIMEOUT' // a collector overran its deadline
  | 'TATUSCAN_COLLECTOR_CRASHED' // an isolated collector's process ended before it told its facts
  | 'TATUSCAN_COLLECTOR_MEMORY' // a collector's process went over its limit of memory
  | 'TATUSCAN_COLLECTOR_OUTPUT' // a collector's process went over its limit of output
  | 'TATUSCAN_COLLECTOR_PAUSED' // a collector failed again and again, and sits out some reports
  | 'TATUSCAN_FACTS_FILE_REFUSED' // a file of facts is not used: others may write it, or its name won't do
  | 'TATUSCAN_FACTS_INVALID' // facts are no plain JSON, or their schema refuses them
  | 'TATUSCAN_FACTS_TOO_LARGE' // facts are beyond the limits table
  | 'TATUSCAN_SCHEMA_TOO_LARGE' // a collector's schema is beyond the limits table
  | 'TATUSCAN_NO_FACTS' // every collector failed, so there is nothing to report
  | 'TATUSCAN_NO_IDENTITY' // which machine this is can't be told, since what could tell failed
  | 'TATUSCAN_AGENT_STUCK' // no cycle of the agent has ended for five intervals
  | 'TATUSCAN_ALREADY_RUNNING' // another agent runs with the same state folder
  | 'TATUSCAN_DELIVERY_FAILED' // a report was not delivered; trying again may help
  | 'TATUSCAN_REPORT_REFUSED' // a report was refused for good; trying again won't help
  | 'TATUSCAN_SPOOL_DROPPED' // reports were dropped from a full spool before they could be delivered
  | 'TATUSCAN_SPOOL_FAILED' // the spool's disk can't be used
  | 'TATUSCAN_INVALID_REQUEST' // the server can't take this request; its details say where it is wrong
  | 'TATUSCAN_REPORT_CONFLICT' // the same report_id came before with another body
  | 'TATUSCAN_UNAUTHORIZED' // nobody says who asks, or what says so holds no more
  | 'TATUSCAN_FORBIDDEN' // who asks may not do this
  | 'TATUSCAN_KEY_IN_USE' // another agent reports as this machine
  | 'TATUSCAN_RATE_LIMITED' // too much was asked or tried; later again
  | 'TATUSCAN_OVERLOADED' // the server has more to do than it can
  | 'TATUSCAN_NOT_FOUND' // no such machine or route
  | 'TATUSCAN_TOO_LARGE' // a request body is over its limit
  | 'TATUSCAN_UNSUPPORTED_MEDIA_TYPE' // a request body is not application/json
  | 'TATUSCAN_STORE_UNAVAILABLE' // the database can't be reached now
  | 'TATUSCAN_STORE_UNUSABLE' // the database is not ours, newer, or damaged
  | 'TATUSCAN_INTERNAL' // a fault of TatuScan's own

/** One thing that is wrong, and where: a JSON Pointer into the value that was looked at, `''` for the whole. */
export interface ErrorDetail {
  readonly path: string
  readonly message: string
}

/** The JSON Pointer to a key below a place. */
export function pointerTo (path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** What goes along with an error: its cause, and the places that are wrong. */
export interface TatuScanErrorOptions {
  readonly cause?: unknown
  readonly details?: readonly ErrorDetail[]
  /** Seconds after which to try again, where that is known. */
  readonly retryAfterS?: number
}

/** A native error with a stable {@link ErrorCode}; its message says what was expected and what came. */
export class TatuScanError extends Error {
  override readonly name = 'TatuScanError'
  readonly code: ErrorCode
  readonly details: readonly ErrorDetail[]
  readonly retryAfterS: number | undefined

  constructor (code: ErrorCode, message: string, { cause, details = [], retryAfterS }: TatuScanErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
    this.retryAfterS = retryAfterS
  }
}

export interface DeliveryErrorOptions extends TatuScanErrorOptions {
  /** Whether what is neither delivered nor refused may be accepted later. */
  readonly retryable: boolean
  /** The wait that the destination asked for, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** The report_ids of those that arrived all the same. */
  readonly delivered?: ReadonlySet<string>
  /** Why, by report_id, of those that are refused for good. */
  readonly refused?: ReadonlyMap<string, string>
  readonly status?: number | undefined
}

/**
 * What went wrong with a delivery. A sink that takes several reports at once tells of each that arrived (`delivered`) and
 * of each that would be refused again (`refused`); for all the others `retryable` says whether the same may be accepted
 * later. `retryAfterMs` is the wait that the destination asked for, where it did; `status` what it answered over HTTP.
 */
export class DeliveryError extends TatuScanError {
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly delivered: ReadonlySet<string>
  readonly refused: ReadonlyMap<string, string>
  readonly status: number | undefined

  constructor (message: string, { retryable, retryAfterMs, delivered = new Set(), refused = new Map(), status, ...options }: DeliveryErrorOptions) {
    super(retryable ? 'TATUSCAN_DELIVERY_FAILED' : 'TATUSCAN_REPORT_REFUSED', message, options)
    this.retryable = retryable
    this.retryAfterMs = retryAfterMs
    this.delivered = delivered
    this.refused = refused
    this.status = status
  }
}

/** The message of whatever was thrown, on one line and without a stack; never empty. */
export function messageOf (thrown: unknown): string {
  let text: string
  try {
    text = String(thrown instanceof Error ? thrown.message || innerMessage(thrown) || thrown.name : thrown)
  } catch {
    text = 'something was thrown that cannot be shown'
  }
  return text.replaceAll(/\s+/g, ' ').trim() || 'no message was given'
}

/** The code of whatever a collector threw, which may be a proxy that can't even be asked what it is. */
export function codeOf (thrown: unknown): ErrorCode {
  try {
    if (thrown instanceof TatuScanError && typeof thrown.code === 'string') return thrown.code
  } catch {}
  return 'TATUSCAN_COLLECTOR_FAILED'
}

/** A connection that was tried at several addresses of a host fails with an error that has no message but theirs. */
function innerMessage (error: Error): string | undefined {
  return error instanceof AggregateError && error.errors.length > 0 ? messageOf(error.errors[0]) : undefined
}
