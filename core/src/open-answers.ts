import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The answers that are not sent yet. */
export interface OpenAnswers {
  /** Takes note of an answer as its request comes. */
  add (answer: ServerResponse<IncomingMessage>): void
  /** Takes note that an answer is sent, so that it need not be kept until its connection closes. */
  remove (answer: ServerResponse<IncomingMessage>): void
  /** Those that are neither sent nor given up; of requests that a client sent without waiting for answers, the last of its connection. */
  list (): ServerResponse<IncomingMessage>[]
}

const known = new WeakMap<object, OpenAnswers>()

/**
 * The answers of a server that are not sent yet, the same for all who ask. They are kept by their connections, which costs
 * a request no listener of its own: a connection's answers go out in order, so that the last one tells of all.
 */
export function openAnswersOf (server: object): OpenAnswers {
  let answers = known.get(server)
  if (answers === undefined) known.set(server, answers = trackAnswers())
  return answers
}

function trackAnswers (): OpenAnswers {
  const latest = new Map<Socket, ServerResponse<IncomingMessage> | undefined>()
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
    remove (answer) {
      const { socket } = answer.req
      if (latest.get(socket) === answer) latest.set(socket, undefined)
    },
    list: () => [...latest.values()].filter((answer): answer is ServerResponse<IncomingMessage> => answer !== undefined && !answer.writableFinished && !answer.destroyed)
  }
}
