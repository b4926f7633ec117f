import type { IncomingMessage } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { connectionsOf } from '@tatuscan/core'
import type { FastifyInstance } from 'fastify'

/** The pace that a body must keep. */
export interface SlowBodyOptions {
  /** How long a body may take whatever its pace, in milliseconds. @default 10000 */
  readonly freeMs?: number
  /** The pace that it must keep after that from when it was first seen, in bytes a second. @default 1024 */
  readonly bytesPerSecond?: number
}

/** A body that is under way: when that was first seen, and how many bytes its connection had brought then. */
interface Coming { readonly began: number, readonly from: number }

/** How many connections are closed in one turn of the event loop. */
const atOnce = 50

/**
 * Closes connections whose request's body comes in drops: what comes at an honest pace has the whole time of a request,
 * so that a large batch gets through a thin line. Bodies are looked at every two seconds, so that those that come at once,
 * as nearly all do, cost nothing.
 */
export function closeSlowBodies (app: FastifyInstance, { freeMs = 10_000, bytesPerSecond = 1024 }: SlowBodyOptions = {}): void {
  const connections = connectionsOf(app.server)
  let coming = new Map<IncomingMessage, Coming>()

  async function look (): Promise<void> {
    const now = performance.now()
    const before = coming
    coming = new Map()
    let closed = 0
    for (const request of connections.comingRequests()) {
      const { socket } = request
      const one = before.get(request) ?? { began: now, from: socket.bytesRead }
      coming.set(request, one)
      const ms = now - one.began
      if (ms <= freeMs || socket.bytesRead - one.from >= bytesPerSecond * ms / 1000) continue
      socket.destroy()
      if (++closed % atOnce === 0) await turn() // thousands may be late together, and nobody else is to wait for them
    }
  }

  const timer = setInterval(() => { look().catch((error: unknown) => app.log.error(error)) }, Math.min(2000, freeMs / 4)).unref()
  app.addHook('onClose', async () => clearInterval(timer))
}
