import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerError, connectionsOf, TatuScanError } from '@tatuscan/core'
import type { FastifyInstance, FastifyReply } from 'fastify'

export interface GracefulStopOptions {
  /** How long a request whose body is there may take once the server is told to end, in milliseconds. @default 8000 */
  readonly requestMs?: number
  /** How long a body that is still coming may take; none of it is acknowledged. @default 1500 */
  readonly bodyMs?: number
}

/**
 * Lets `app.close()` end the server without losing a request: those in flight finish, and new ones are answered 503 with
 * `Retry-After` meanwhile, also on new connections, so that an agent or a proxy goes elsewhere or comes back. Called
 * before any plugin is registered, on a server made with `return503OnClosing: false`.
 */
export function gracefulStop (app: FastifyInstance, { requestMs = 8000, bodyMs = 1500 }: GracefulStopOptions = {}): void {
  const connections = connectionsOf(app.server)
  let stopping = false

  app.addHook('onRequest', (_request, reply, done) => {
    if (stopping) refuse(reply)
    else done()
  })

  /** Resolves when no such request is in flight, or the time is over. */
  async function finished (which: (request: IncomingMessage) => boolean, ms: number): Promise<void> {
    const end = performance.now() + ms
    while (performance.now() < end && connections.openAnswers().some(({ req }) => which(req))) await sleep(10)
  }

  app.addHook('preClose', async () => {
    stopping = true
    for (const answer of connections.openAnswers()) answer.shouldKeepAlive = false // or the connection would stay open for the next request
    const end = performance.now() + requestMs
    await finished(() => true, bodyMs)
    await finished(({ complete }) => complete, end - performance.now())
    setTimeout(() => app.server.closeAllConnections(), 50) // once it listens no more
  })
}

function refuse (reply: FastifyReply): void {
  reply.header('connection', 'close')
  const error = new TatuScanError('TATUSCAN_OVERLOADED', 'the server is about to end; try again, here or on another', { retryAfterS: 5 })
  answerError(error, { log: { error () {} } }, reply as never)
}
