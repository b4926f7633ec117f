import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { shownText } from '@tatuscan/core/sinks'

export interface ServerHealth {
  /** Without user and password. */
  readonly url: string
  readonly healthy: boolean
  readonly detail: string
}

/** How long a server may take to answer: longer than it gives its database. */
const patienceMs = 6000

/**
 * Asks a server for its health. Never rejects for one that doesn't answer.
 *
 * @param tls what to speak TLS with, where that is other than usual
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for what is no address
 */
export async function serverHealth (url: string, tls: RequestOptions = {}): Promise<ServerHealth> {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--url must look like http://127.0.0.1:8040; got ${shownText(url)}`)
  const { href } = new URL('api/health', url.endsWith('/') ? url : `${url}/`)
  const shown = url.replace(/\/\/[^/\\?#]*@/, '//')
  const { request } = await import(url.startsWith('https:') ? 'node:https' : 'node:http') as typeof import('node:https')
  try {
    const [answer] = await once(request(href, { ...tls, agent: false, signal: AbortSignal.timeout(patienceMs) }).end(), 'response') as [IncomingMessage]
    answer.destroy()
    const healthy = answer.statusCode === 200
    return { url: shown, healthy, detail: healthy ? 'healthy' : `not healthy, it answered ${answer.statusCode}` }
  } catch (error) {
    const { cause = error } = error as Error
    return { url: shown, healthy: false, detail: `not reached: ${messageOf(cause)}` }
  }
}
