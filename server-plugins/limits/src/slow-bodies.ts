import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Check } from './refuse.ts'

/** The pace that a body must keep. */
export interface SlowBodyOptions {
  /** How long a body may take whatever its pace, in milliseconds. @default 10000 */
  readonly freeMs?: number
  /** The pace that it must keep from its start on after that, in bytes a second. @default 1024 */
  readonly bytesPerSecond?: number
}

/** A body that may be under way: when it began, and how many bytes its connection had brought then. */
interface Coming { raw: IncomingMessage | undefined, began: number, from: number }

/** How many connections are closed in one turn of the event loop. */
const atOnce = 50

/**
 * Closes connections whose request's body comes in drops: what comes at an honest pace has the whole time of a request,
 * so that a large batch gets through a thin line.
 */
export function closeSlowBodies (app: FastifyInstance, { freeMs = 10_000, bytesPerSecond = 1024 }: SlowBodyOptions = {}): Check {
  /** By connection, of which nearly every request is one more. */
  const coming = new Map<Socket, Coming>()

  const isLate = (socket: Socket, { raw, began, from }: Coming, now: number): boolean => {
    const ms = now - began
    return raw?.complete === false && ms > freeMs && socket.bytesRead - from < bytesPerSecond * ms / 1000
  }
  const close = async (): Promise<void> => {
    const now = performance.now()
    let closed = 0
    for (const [socket, one] of coming) {
      if (isLate(socket, one, now)) {
        socket.destroy()
        if (++closed % atOnce === 0) await turn() // thousands may be late together, and nobody else is to wait for them
      }
    }
  }
  const timer = setInterval(() => { close().catch((error: unknown) => app.log.error(error)) }, Math.min(2000, freeMs / 4)).unref()
  app.addHook('onClose', async () => clearInterval(timer))
  app.addHook('preValidation', ({ raw: { socket } }, _reply, done) => { // all of it is there
    const one = coming.get(socket)
    if (one !== undefined) one.raw = undefined
    done()
  })

  return ({ raw, method }) => {
    const { socket } = raw
    if (raw.complete || method === 'GET' || method === 'HEAD' || !('setNoDelay' in socket)) return undefined // what was injected has no socket
    const one = coming.get(socket)
    if (one === undefined) {
      coming.set(socket, { raw, began: performance.now(), from: socket.bytesRead })
      socket.once('close', () => coming.delete(socket))
    } else {
      one.raw = raw
      one.began = performance.now()
      one.from = socket.bytesRead
    }
    return undefined
  }
}
