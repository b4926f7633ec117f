import type { IncomingMessage } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** The pace that a body must keep. */
export interface SlowBodyOptions {
  /** How long a body may take whatever its pace, in milliseconds. @default 10000 */
  readonly freeMs?: number
  /** The pace that it must keep from its start on after that, in bytes a second. @default 1024 */
  readonly bytesPerSecond?: number
}

/** How many connections are closed in one turn of the event loop. */
const atOnce = 50

/**
 * Closes connections whose request's body comes in drops: what comes at an honest pace has the whole time of a request,
 * so that a large batch gets through a thin line.
 */
export function closeSlowBodies (app: FastifyInstance, { freeMs = 10_000, bytesPerSecond = 1024 }: SlowBodyOptions = {}): void {
  const coming = new Map<IncomingMessage, { readonly began: number, readonly from: number }>()

  app.addHook('onRequest', ({ raw, method }, _reply, done) => {
    if (raw.complete || method === 'GET' || method === 'HEAD') return done()
    coming.set(raw, { began: performance.now(), from: raw.socket.bytesRead })
    done()
  })
  app.addHook('preValidation', ({ raw }, _reply, done) => { // all of it is there
    coming.delete(raw)
    done()
  })

  const isLate = (raw: IncomingMessage, now: number): boolean => {
    const { began, from } = coming.get(raw)!
    const ms = now - began
    return ms > freeMs && raw.socket.bytesRead - from < bytesPerSecond * ms / 1000
  }
  const close = async (): Promise<void> => {
    const now = performance.now()
    let closed = 0
    for (const raw of coming.keys()) {
      if (raw.complete || raw.socket.destroyed) coming.delete(raw) // it is being answered
      else if (isLate(raw, now)) {
        raw.socket.destroy()
        if (++closed % atOnce === 0) await turn() // thousands may be late together, and nobody else is to wait for them
      }
    }
  }
  const timer = setInterval(() => { close().catch((error: unknown) => app.log.error(error)) }, Math.min(2000, freeMs / 4)).unref()
  app.addHook('onClose', async () => clearInterval(timer))
}
