import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** The pace that a body must keep. */
export interface SlowBodyOptions {
  /** How long a body may take whatever its pace, in milliseconds. @default 10000 */
  readonly freeMs?: number
  /** The pace that it must keep from its start on after that, in bytes a second. @default 1024 */
  readonly bytesPerSecond?: number
}

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

  const timer = setInterval(() => {
    const now = performance.now()
    for (const [raw, { began, from }] of coming) {
      const ms = now - began
      if (raw.complete || raw.socket.destroyed) coming.delete(raw) // it is being answered
      else if (ms > freeMs && raw.socket.bytesRead - from < bytesPerSecond * ms / 1000) raw.socket.destroy()
    }
  }, Math.min(2000, freeMs / 4)).unref()
  app.addHook('onClose', async () => clearInterval(timer))
}
