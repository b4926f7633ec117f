import { messageOf, TatuScanError } from '@tatuscan/core'

export interface ServerHealth {
  readonly url: string
  readonly healthy: boolean
  readonly detail: string
}

/** How long a server may take to answer: longer than it gives its database. */
const patienceMs = 6000

/**
 * Asks a server for its health. Never rejects for one that doesn't answer.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for what is no address
 */
export async function serverHealth (url: string): Promise<ServerHealth> {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--url must look like http://127.0.0.1:8040; got ${url}`)
  const { href } = new URL('api/health', url.endsWith('/') ? url : `${url}/`)
  try {
    const answer = await fetch(href, { signal: AbortSignal.timeout(patienceMs), redirect: 'error' })
    await answer.body?.cancel()
    return { url, healthy: answer.status === 200, detail: answer.status === 200 ? 'healthy' : `not healthy, it answered ${answer.status}` }
  } catch (error) {
    const { cause = error } = error as Error
    return { url, healthy: false, detail: `not reached: ${messageOf(cause)}` }
  }
}
