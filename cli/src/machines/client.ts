import http from 'node:http'
import https from 'node:https'
import { agentVersion, messageOf, TatuScanError, type HttpErrorBody } from '@tatuscan/core'

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

export interface ClientOptions {
  /** The server, with its prefix where it has one. */
  readonly url: string
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** How long the server may be silent, in milliseconds. @default 60000 */
  readonly silenceMs?: number
}

export interface Client {
  readonly url: string
  /** A request that JSON answers. @throws {RequestError} for any status but 2xx */
  json<Answer = unknown> (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>
  /** The body of a 2xx, as it comes. */
  stream (path: string): Promise<http.IncomingMessage>
  close (): void
}

/**
 * Speaks to a server's API, by Node's own client. An error names the URL, and what to do about it.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a URL that is none
 */
export function createClient ({ url, token, silenceMs = 60_000 }: ClientOptions): Client {
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the server's URL must look like http://inventory.example.com:8040; got ${JSON.stringify(url)}`)
  }
  base.search = base.hash = ''
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  const { request, Agent } = base.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const plain = new URL(base)
  plain.username = plain.password = ''

  async function send (method: string, path: string, body?: unknown): Promise<http.IncomingMessage> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const outgoing = request(new URL(path, base), {
        method,
        agent,
        headers: {
          'user-agent': `TatuScan/${agentVersion}`,
          accept: 'application/json',
          ...token !== undefined && { authorization: `Bearer ${token}` },
          ...text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
        }
      }, resolve)
      outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`no answer within ${silenceMs / 1000} seconds`)))
      outgoing.on('error', reject).end(text)
    }).catch((error: unknown) => { throw unreachable(error, plain.href) })
    const { statusCode: status = 0 } = answer
    if (status < 200 || status > 299) throw refusal(status, await textOf(answer), { url: plain.href, location: answer.headers.location })
    return answer
  }

  return {
    url: plain.href,
    async json<Answer> (method: string, path: string, body?: unknown) {
      const text = await textOf(await send(method, path, body)).catch((error: unknown) => { throw unreachable(error, plain.href) })
      try {
        return JSON.parse(text) as Answer
      } catch {
        throw new RequestError(0, `what answers at ${plain.href} is no TatuScan: its answer is not JSON`)
      }
    },
    stream: async (path) => await send('GET', path),
    close: () => agent.destroy()
  }
}

async function textOf (answer: http.IncomingMessage): Promise<string> {
  answer.setEncoding('utf8')
  let text = ''
  for await (const chunk of answer) text += chunk
  return text
}

function unreachable (error: unknown, url: string): Error {
  return new Error(`${url} could not be reached: ${messageOf(error)}; name the server with --url or TATUSCAN_URL, or start one: tatuscan serve`, { cause: error })
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
