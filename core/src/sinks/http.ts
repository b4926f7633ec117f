import { DeliveryError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Report } from '../report.ts'
import type { Sink } from '../sink.ts'
import { checkAnswer, checkResults, newestReportId } from './answers.ts'
import { knownSchemas, type KnownSchemas } from './known-schemas.ts'
import { nineAlone } from './nine-alone.ts'
import type { Answer } from './post-json.ts'
import { openTransport, type TransportOptions } from './transport.ts'

/** Where the sink delivers to, and who is told of the newest report id. */
export interface HttpSinkOptions extends TransportOptions {
  /** Told of the newest report id that the server has of this machine: an agent that lost its state goes on from there. */
  readonly onNewestReportId?: (id: string) => void
}

/** What became of the reports of one write. */
interface Tally {
  readonly delivered: Set<string>
  readonly refused: Map<string, string>
}

/**
 * Delivers reports to a server over HTTP: one to `POST /api/machines`, several to `POST /api/reports`, each accepted or
 * refused alone. A collector's schema goes along until the server has accepted it, and again once it changes. A server
 * that has no `POST /api/reports` is the original's: it is sent the original's nine fields alone, one report by one,
 * with '' and 0 for what is unknown, as it needs.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a URL, certificate, key or proxy that is none
 */
export function httpSink ({ onNewestReportId, ...options }: HttpSinkOptions): Sink {
  const transport = openTransport(options)
  const schemas = knownSchemas()
  /** Whether the server is the original's; asked anew after every failure, since somebody may have replaced it. */
  let original: boolean | undefined

  const contextOf = (path: string) => ({ get from () { return transport.shown(path) }, redact: transport.redact, anonymous: options.token === undefined })
  const lacksReports = ({ status }: Answer): boolean => status === 404 || status === 405

  async function isOriginal (signal: AbortSignal): Promise<boolean> {
    const answer = await transport.post('api/reports', '[]', signal)
    if (lacksReports(answer)) return true
    if (answer.status >= 500 || answer.status === 429) checkAnswer(answer, contextOf('api/reports'))
    return false
  }

  async function deliverOne (report: Report, signal: AbortSignal): Promise<void> {
    original ??= await isOriginal(signal)
    const body = original ? nineAlone(report) : schemas.trim(report)
    const answer = await transport.post('api/machines', JSON.stringify(body), signal)
    checkAnswer(answer, contextOf('api/machines'))
    if (original) return
    schemas.learn(body)
    const newest = newestReportId(answer.body)
    if (newest !== undefined) onNewestReportId?.(newest)
  }

  /** @returns how many were dealt with: none where it turns out that the server takes one at a time */
  async function deliverBatch (reports: readonly Report[], signal: AbortSignal, { delivered, refused }: Tally): Promise<number> {
    const { bodies, json } = batchOf(reports, schemas.ahead())
    const answer = await transport.post('api/reports', json, signal)
    original = lacksReports(answer)
    if (original) return 0
    try {
      checkResults(answer, bodies.map(({ report_id }) => report_id!), contextOf('api/reports'))
      for (const { report_id } of bodies) delivered.add(report_id!)
    } catch (thrown) {
      const error = thrown as DeliveryError
      for (const id of error.delivered) delivered.add(id)
      for (const [id, why] of error.refused) refused.set(id, why)
      if (error.retryable || error.refused.size === 0) throw error
    } finally {
      for (const body of bodies) if (delivered.has(body.report_id!)) schemas.learn(body)
    }
    return bodies.length
  }

  /** @returns how many of these were dealt with, from the first on */
  async function deliverSome (reports: readonly Report[], signal: AbortSignal, tally: Tally): Promise<number> {
    const [report] = reports
    if (original !== true && reports.length > 1) return await deliverBatch(reports, signal, tally)
    try {
      await deliverOne(report!, signal)
      tally.delivered.add(report!.report_id)
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.retryable) throw error
      tally.refused.set(report!.report_id, error.message)
    }
    return 1
  }

  return {
    name: 'http',
    async write (reports, { signal }) {
      const tally: Tally = { delivered: new Set(), refused: new Map() }
      try {
        for (let done = 0; done < reports.length;) {
          signal.throwIfAborted()
          done += await deliverSome(reports.slice(done), signal, tally)
        }
        if (tally.refused.size === 0) return
      } catch (error) {
        original = undefined
        if (!(error instanceof DeliveryError)) throw error
        const { message, retryable, retryAfterMs, cause, status } = error
        throw new DeliveryError(message, { retryable, retryAfterMs, cause, status, ...tally })
      }
      original = undefined
      const [why] = tally.refused.values()
      throw new DeliveryError(reports.length === 1 ? why! : `${tally.refused.size} of ${reports.length} reports were refused: ${why}`, { retryable: false, ...tally })
    },
    async close () {
      transport.close()
    }
  }
}

/** As many reports as one request holds, at least one. */
function batchOf (reports: readonly Report[], schemas: KnownSchemas): { bodies: Partial<Report>[], json: string } {
  const bodies: Partial<Report>[] = []
  const parts: string[] = []
  let bytes = 2
  for (const report of reports.slice(0, limits.batchReports)) {
    const body = schemas.trim(report)
    schemas.learn(body)
    const part = JSON.stringify(body)
    bytes += Buffer.byteLength(part) + 1
    if (bytes > limits.batchBytes && bodies.length > 0) break
    bodies.push(body)
    parts.push(part)
  }
  return { bodies, json: `[${parts.join()}]` }
}
