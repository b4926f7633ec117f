import { DeliveryError } from '../errors.ts'
import type { Answer } from './post-json.ts'
import { shown } from './redact.ts'

/** Refused for good: the same report would be refused again. Anything else may pass, a wrong token too. */
const finalStatuses = new Set([400, 413, 422])

const isAccepted = (status: unknown): boolean => typeof status === 'number' && status >= 200 && status < 300

/** What a message needs: where the answer came from, and secrets taken out. */
export interface AnswerContext {
  readonly from: string
  readonly redact: (text: string) => string
  /** Whether the request said nothing of who sent it. */
  readonly anonymous?: boolean
}

/** @throws {DeliveryError} unless the answer says that the report was accepted */
export function checkAnswer ({ status, body, retryAfter, location }: Answer, { from, redact, anonymous = false }: AnswerContext): void {
  const fail = (what: string): never => {
    throw new DeliveryError(redact(`${from} ${what}`), { retryable: !finalStatuses.has(status), retryAfterMs: milliseconds(retryAfter), status })
  }
  if (status >= 300 && status < 400) fail(`answered ${status}, a redirect${location === undefined ? '' : ` to ${plainLocation(location, from)}`}, which is not followed: name the server's own URL`)
  const hint = status === 401 && anonymous ? '; the server’s enrolment secret buys one: TATUSCAN_ENROL_SECRET, or TATUSCAN_ENROL_SECRET_FILE for a file that holds it' : ''
  if (!isAccepted(status)) fail(`answered ${status}${explain(body)}${hint}`)
  // A hotel's sign-in page is an answer, too, whatever its type says
  if (!isObject(body)) fail(`answered ${status}, but not as a TatuScan server does: is something else in between?`)
}

/**
 * What became of each report of a batch, by the server's answer.
 *
 * @throws {DeliveryError} unless all of them were accepted, with what is known of each
 */
export function checkResults (answer: Answer, reportIds: readonly string[], context: AnswerContext): void {
  checkAnswer(answer, context)
  const { from, redact } = context
  const results = readResults(answer.body)
  if (results === undefined) throw new DeliveryError(`${from} answered ${answer.status} without the results of the reports, as no TatuScan server does`, { retryable: true })
  const delivered = new Set<string>()
  const refused = new Map<string, string>()
  let waiting: string | undefined
  for (const [index, id] of reportIds.entries()) {
    const { report_id, status, error } = results[index] ?? {}
    if (report_id !== id) waiting ??= 'its answer lacks this report'
    else if (isAccepted(status)) delivered.add(id)
    else {
      const why = redact(`${from} answered ${status}${explain(JSON.stringify(error) ?? '')}`)
      if (finalStatuses.has(status as number)) refused.set(id, why)
      else waiting ??= why
    }
  }
  if (delivered.size === reportIds.length) return
  throw new DeliveryError(waiting ?? `${refused.size} of ${reportIds.length} reports were refused: ${[...refused.values()][0]}`, {
    retryable: waiting !== undefined, retryAfterMs: milliseconds(answer.retryAfter), delivered, refused
  })
}

/** The id of the newest report that the server has of this machine, where the answer tells it. */
export function newestReportId (body: string): string | undefined {
  const { newest_report_id: newest } = parsed(body) as { newest_report_id?: unknown }
  return typeof newest === 'string' ? newest : undefined
}

/** Whether it is what a server says of what it took, the original's too: a JSON object. */
function isObject (body: string): boolean {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

interface Result { readonly report_id?: unknown, readonly status?: unknown, readonly error?: unknown }

function readResults (body: string): Result[] | undefined {
  const { results } = parsed(body) as { results?: unknown }
  return Array.isArray(results) ? results.map((result: unknown) => Object(result) as Result) : undefined
}

function parsed (body: string): object {
  try {
    return Object(JSON.parse(body)) as object
  } catch {
    return {} // an answer that is no JSON tells nothing
  }
}

export function explain (body: string): string {
  const { error, details } = parsed(body) as { error?: unknown, details?: unknown }
  if (typeof error !== 'string') return ''
  const rows = Array.isArray(details) ? details.slice(0, 5).map((detail: unknown) => Object(detail) as { path?: unknown, message?: unknown }) : []
  return `: ${[error, ...rows.map(({ path, message }) => `${path} ${message}`)].join('; ').slice(0, 1000)}`
}

function plainLocation (location: string, from: string): string {
  const url = URL.parse(location, from)
  return url === null ? 'nowhere' : shown(url)
}

/** @param retryAfter seconds, or an HTTP date */
function milliseconds (retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}
