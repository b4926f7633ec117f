import type { ServerOptions } from 'node:http'

/** What a connection may take of time and size. */
export interface ServerLimits {
  /** How long the head of a request may take to arrive, in milliseconds. @default 10000 */
  readonly headersMs?: number
  /** How long a whole request may take to arrive, in milliseconds. @default 120000 */
  readonly requestMs?: number
  /** How long a connection may be silent in the middle of a request or an answer, in milliseconds. @default 60000 */
  readonly silentMs?: number
  /** How long a connection stays open for a next request, in milliseconds; more than a proxy's own time for that. @default 72000 */
  readonly idleMs?: number
  /** The head of a request, in bytes. @default 16384 */
  readonly headBytes?: number
}

/** What Fastify is to be made with: the limits that Node's own server holds connections to. */
export function serverLimits ({ headersMs = 10_000, requestMs = 120_000, silentMs = 60_000, idleMs = 72_000, headBytes = 16_384 }: ServerLimits = {}): {
  requestTimeout: number, connectionTimeout: number, keepAliveTimeout: number, http: ServerOptions
} {
  return {
    requestTimeout: requestMs,
    connectionTimeout: silentMs,
    keepAliveTimeout: idleMs,
    // Node looks for late ones every 30 seconds unless it is told otherwise
    http: { headersTimeout: headersMs, maxHeaderSize: headBytes, connectionsCheckingInterval: Math.min(2000, headersMs / 2) }
  }
}
