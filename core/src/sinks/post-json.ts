import http from 'node:http'
import https from 'node:https'
import { withDeadline } from '../deadline.ts'

export interface PostOptions {
  readonly agent: http.Agent
  readonly headers: http.OutgoingHttpHeaders
  readonly signal: AbortSignal
  /** How long the whole of it may take, in milliseconds. */
  readonly timeoutMs: number
}

export interface Answer {
  readonly status: number
  /** The first 64 KiB of it. */
  readonly body: string
  /** The header as it came: seconds, or an HTTP date. */
  readonly retryAfter: string | undefined
}

const mostCharacters = 64 * 1024

/**
 * One POST of JSON. Redirects are not followed. Node's own client, since importing fetch's costs a start-up and memory
 * that an agent shouldn't.
 *
 * @throws what went wrong on the way, or the signal's reason; any answer is an answer, whatever its status
 */
export async function postJson (target: URL, body: unknown, { agent, headers, signal, timeoutMs }: PostOptions): Promise<Answer> {
  const text = JSON.stringify(body)
  return await withDeadline(async (signal) => await new Promise<Answer>((resolve, reject) => {
    const outgoing = (target.protocol === 'https:' ? https : http).request(target, {
      method: 'POST',
      agent,
      signal,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    }, (incoming) => {
      let received = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => { if (received.length < mostCharacters) received += chunk })
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: received, retryAfter: incoming.headers['retry-after'] }))
      incoming.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(text)
  }), { timeoutMs, signal, tooLong: () => new Error(`no answer within ${timeoutMs} ms`) })
}
