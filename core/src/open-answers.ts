import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The answers that are not sent yet. */
export interface OpenAnswers {
  /** Takes note of an answer as its request comes. */
  add (answer: ServerResponse<IncomingMessage>): void
  /** Those that are neither sent nor given up; of requests that a client sent without waiting for answers, the last of its connection. */
  list (): ServerResponse<IncomingMessage>[]
}

/**
 * Keeps track of answers by their connections, which costs a request no listener of its own: a connection's answers go out
 * in order, so that the last one tells of all.
 */
export function trackAnswers (): OpenAnswers {
  const latest = new Map<Socket, ServerResponse<IncomingMessage>>()
  return {
    add (answer) {
      const { socket } = answer.req
      if (!latest.has(socket)) {
        const forget = (): void => { latest.delete(socket) }
        if ('setNoDelay' in socket) socket.once('close', forget)
        else (answer as ServerResponse).once('close', forget) // of a request that was injected, whose socket is none
      }
      latest.set(socket, answer)
    },
    list: () => [...latest.values()].filter(({ writableFinished, destroyed }) => !writableFinished && !destroyed)
  }
}
