import type { Agent, OutgoingHttpHeaders, request as requestFunction, RequestOptions } from 'node:http'
import { withDeadline } from '../deadline.ts'

export interface PostOptions {
  /** Node's, of http or https: who asks has imported the one that is needed. */
  readonly request: typeof requestFunction
  /** Where to, through which agent. */
  readonly to: RequestOptions & { readonly agent: Agent }
  readonly headers: OutgoingHttpHeaders
  readonly signal: AbortSignal
  /** How long the whole of it may take, in milliseconds. */
  readonly timeoutMs: number
}

export interface Answer {
  readonly status: number
  /** The first 2 MiB of it. */
  readonly body: string
  /** The header as it came: seconds, or an HTTP date. */
  readonly retryAfter: string | undefined
  /** Where a redirect points to, as it came. */
  readonly location: string | undefined
}

/** Room for a batch of 500 refusals, each explained. */
const mostCharacters = 2 * 1024 * 1024

/**
 * One POST of JSON. Redirects are not followed. Node's own client, since importing fetch's costs a start-up and memory
 * that an agent shouldn't.
 *
 * @throws what went wrong on the way, or the signal's reason; any answer is an answer, whatever its status
 */
export async function postJson (text: string, { request, to, headers, signal, timeoutMs }: PostOptions): Promise<Answer> {
  return await withDeadline(async (signal) => await new Promise<Answer>((resolve, reject) => {
    const outgoing = request({
      ...to,
      method: 'POST',
      headers: { ...to.headers as OutgoingHttpHeaders, ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    }, (incoming) => {
      let received = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => { if (received.length < mostCharacters) received += chunk })
      incoming.on('end', () => {
        const { location, 'retry-after': retryAfter } = incoming.headers
        resolve({ status: incoming.statusCode ?? 0, body: received, retryAfter, location })
      })
      incoming.on('error', reject)
      incoming.on('close', () => reject(new Error('the connection was lost in the middle of the answer')))
    })
    outgoing.on('error', reject)
    const stop = (): void => { outgoing.destroy(signal.reason as Error) }
    signal.addEventListener('abort', stop, { once: true })
    outgoing.on('close', () => signal.removeEventListener('abort', stop))
    outgoing.end(text)
  }), { timeoutMs, signal, tooLong: () => new Error(`no answer within ${timeoutMs} ms`) })
}
