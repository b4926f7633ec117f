import type { IncomingMessage } from 'node:http'
import type { HttpErrorBody } from '@tatuscan/core'
import { explained, openRoute, type TransportOptions } from '@tatuscan/core/sinks'

export const defaultUrl = 'http://127.0.0.1:8040'

/** The server said no, or what came is no answer of a TatuScan. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number

  constructor (status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** @param why in what the answer differs from a TatuScan's */
export function noTatuScan (url: string, why: string): RequestError {
  return new RequestError(0, `what answers at ${url} is no TatuScan: ${why}`)
}

export interface ClientOptions extends Omit<TransportOptions, 'timeoutMs'> {
  /** How long the server may be silent, in milliseconds. @default 60000 */
  readonly silenceMs?: number
}

export interface Client {
  readonly url: string
  /** A request that a JSON object answers. @throws {RequestError} for any status but 2xx, and any other answer */
  json<Answer = unknown> (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>
  /** The `items` of an answer. */
  list<Item> (path: string): Promise<Item[]>
  /** The body of a 200 of this type, as it comes. */
  stream (path: string, type: string): Promise<IncomingMessage>
  close (): void
}

/**
 * Speaks to a server's API, by Node's own client, through the proxy that the environment names. An error names the URL, and
 * what to do about it.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a URL, certificate, key or proxy that is none
 */
export function createClient ({ silenceMs = 60_000, ...options }: ClientOptions): Client {
  const { base, headers, way, through, redact, close } = openRoute(options)
  const plain = new URL(base)
  plain.username = plain.password = ''

  function unreachable (error: unknown): Error {
    return new Error(redact(`${plain.href} could not be reached${through}: ${explained(error)}; name the server with --url or TATUSCAN_URL, or start one: tatuscan serve`), { cause: error })
  }

  async function send (method: string, path: string, body?: unknown): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const { request, agent, to } = await way()
    const target = to(new URL(path, base))
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({
        ...target,
        agent,
        method,
        headers: {
          ...target.headers as Record<string, string>,
          ...headers,
          accept: 'application/json',
          ...text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
        }
      }, resolve)
      outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`no answer within ${silenceMs / 1000} seconds`)))
      outgoing.on('error', reject).end(text)
    }).catch((error: unknown) => { throw unreachable(error) })
    const { statusCode: status = 0 } = answer
    if (status < 200 || status > 299) throw refusal(status, redact(await textOf(answer)), { url: plain.href, location: answer.headers.location })
    return answer
  }

  return {
    url: plain.href,
    async json<Answer> (method: string, path: string, body?: unknown) {
      const text = await textOf(await send(method, path, body)).catch((error: unknown) => { throw unreachable(error) })
      let answer: unknown
      try {
        answer = JSON.parse(text)
      } catch {
        throw noTatuScan(plain.href, 'its answer is not JSON')
      }
      if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw noTatuScan(plain.href, 'its answer is no JSON object')
      return answer as Answer
    },
    async list<Item> (path: string) {
      const { items } = await this.json<{ items?: Item[] }>('GET', path)
      if (!Array.isArray(items)) throw noTatuScan(plain.href, 'its answer has no items')
      return items
    },
    async stream (path, type) {
      const answer = await send('GET', path)
      const { 'content-type': told = 'nothing' } = answer.headers
      if (answer.statusCode === 200 && told.split(';')[0]!.trim().toLowerCase() === type) return answer
      answer.destroy()
      throw noTatuScan(plain.href, `its answer is ${answer.statusCode} with ${told}, not 200 with ${type}`)
    },
    close
  }
}

async function textOf (answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8')
  let text = ''
  for await (const chunk of answer) text += chunk
  return text
}

function refusal (status: number, body: string, { url, location }: { url: string, location: string | undefined }): RequestError {
  if (status >= 300 && status < 400) return new RequestError(status, `${url} points to ${location ?? 'somewhere else'}, which is not followed: give that as --url if it is the server`)
  const hint = status === 401 ? '; give a token in TATUSCAN_TOKEN, or name a file that holds it in TATUSCAN_TOKEN_FILE' : ''
  try {
    const { error, details = [] } = JSON.parse(body) as Partial<HttpErrorBody>
    if (typeof error === 'string') {
      const untold = details.filter(({ message }) => !error.includes(message)).map(({ path, message }) => `${path} ${message}`.trim())
      return new RequestError(status, [`the server answered ${status}: ${error}`, ...untold].join('; ') + hint)
    }
  } catch {} // an answer that is no JSON explains nothing
  return new RequestError(status, `${url} answered ${status}${hint}`)
}
