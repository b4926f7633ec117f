import http from 'node:http'
import https from 'node:https'
import type { TSchema } from 'typebox'
import { DeliveryError, messageOf, TatuScanError } from '../errors.ts'
import { jsonBytes, limits } from '../limits.ts'
import { platformName } from '../projection.ts'
import { originalFields, type OriginalReport, type Report } from '../report.ts'
import type { Sink } from '../sink.ts'
import { agentVersion } from '../version.ts'
import { postJson, type Answer } from './post-json.ts'

export interface HttpSinkOptions {
  /** The server, with its prefix where it has one: `https://inventory.example.com/tatuscan`. */
  readonly url: string
  /** How long one request may take, in milliseconds. @default 10000 */
  readonly timeoutMs?: number
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string
}

/** Refused for good: the same report would be refused again. Anything else may pass. */
const finalStatuses = new Set([400, 413, 415, 422])

/**
 * Delivers reports to a server over HTTP: one by one to `POST /api/machines`. A collector's schema goes along until
 * the server has accepted it, and again once it changes. A server that has no `POST /api/reports` is the original's:
 * it is sent the original's nine fields alone, with '' and 0 for what is unknown, as it needs.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a URL that is none
 */
export function httpSink ({ url, timeoutMs = 10_000, token }: HttpSinkOptions): Sink {
  const base = parseBase(url)
  const agent = new (base.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxSockets: 2 })
  const headers = {
    'user-agent': `TatuScan/${agentVersion} (${platformName(process.platform)})`,
    ...token !== undefined && { authorization: `Bearer ${token}` }
  }
  /** Schemas that the server has, as JSON by collector. */
  const known = new Map<string, string>()
  /** Whether the server is the original's; asked anew after every failure, since somebody may have replaced it. */
  let original: boolean | undefined

  async function post (path: string, body: unknown, signal: AbortSignal): Promise<Answer> {
    const target = new URL(path, base)
    try {
      return await postJson(target, body, { agent, headers, signal, timeoutMs })
    } catch (error) {
      original = undefined
      signal.throwIfAborted()
      throw new DeliveryError(`${shown(target)} could not be reached: ${messageOf(error)}`, { retryable: true, cause: error })
    }
  }

  function check ({ status, body, retryAfter }: Answer, path: string): void {
    if (status >= 200 && status < 300) return
    original = undefined
    const retryable = !finalStatuses.has(status)
    throw new DeliveryError(`${shown(new URL(path, base))} answered ${status}${explain(body)}`, { retryable, retryAfterMs: milliseconds(retryAfter) })
  }

  async function isOriginal (signal: AbortSignal): Promise<boolean> {
    const answer = await post('api/reports', [], signal)
    if (answer.status === 404 || answer.status === 405) return true
    if (answer.status >= 500 || answer.status === 429) check(answer, 'api/reports')
    return false
  }

  async function deliver (report: Report, signal: AbortSignal): Promise<void> {
    original ??= await isOriginal(signal)
    const body = original ? nineAlone(report) : withNewSchemas(report, known)
    check(await post('api/machines', body, signal), 'api/machines')
    if ('schemas' in body) for (const [name, schema] of Object.entries(body.schemas as object)) known.set(name, JSON.stringify(schema))
  }

  return {
    name: 'http',
    async write (reports, { signal }) {
      for (const report of reports) await deliver(report, signal)
    },
    async close () {
      agent.destroy()
    }
  }
}

function parseBase (url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the server's URL must look like http://inventory.example.com:8040; got ${JSON.stringify(url)}`)
  }
  base.search = base.hash = ''
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

/** A URL for messages: without the password that it may hold. */
function shown (url: URL): string {
  const plain = new URL(url)
  plain.username = plain.password = ''
  return plain.href
}

/** The original needs text and numbers where TatuScan says null. */
function nineAlone (report: Report): OriginalReport {
  const nine = Object.fromEntries(originalFields.map((field) => [field, report[field]])) as unknown as OriginalReport
  return {
    ...nine,
    ip: nine.ip ?? '',
    os_version: nine.os_version ?? '',
    cpu_percent: nine.cpu_percent ?? 0,
    memory_total_mb: nine.memory_total_mb ?? 0,
    memory_used_mb: nine.memory_used_mb ?? 0
  }
}

/** The report with only those schemas that the server lacks, as many as the limit on a report leaves room for. */
function withNewSchemas (report: Report, known: ReadonlyMap<string, string>): Partial<Report> {
  const { schemas, ...rest } = report
  const fresh: Record<string, TSchema> = {}
  let room = limits.reportBytes - jsonBytes({ ...rest, schemas: {} })
  for (const [name, schema] of Object.entries(schemas)) {
    const json = JSON.stringify(schema)
    const size = Buffer.byteLength(json) + jsonBytes(name) + 2
    if (known.get(name) === json || size > room) continue
    fresh[name] = schema
    room -= size
  }
  return Object.keys(fresh).length === 0 ? rest : { ...rest, schemas: fresh }
}

function explain (body: string): string {
  try {
    const { error, details = [] } = JSON.parse(body) as { error?: unknown, details?: { path: string, message: string }[] }
    if (typeof error === 'string') return `: ${[error, ...details.slice(0, 5).map(({ path, message }) => `${path} ${message}`)].join('; ')}`
  } catch {} // an answer that is no JSON explains nothing
  return ''
}

/** @param retryAfter seconds, or an HTTP date */
function milliseconds (retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}
