import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What a server's connections are about. */
export interface OpenAnswers {
  /** The answers that are neither sent nor given up; of requests that a client sent without waiting for answers, the first of its connection. */
  list (): ServerResponse<IncomingMessage>[]
  /** The requests of which more is to come, whether they are answered or not. */
  coming (): IncomingMessage[]
}

const known = new WeakMap<object, OpenAnswers>()

/**
 * The answers of a server that are not sent yet, the same for all who ask: from the first time on, so that it is asked
 * before the server listens. They are found by their connections, which costs a request nothing.
 */
export function openAnswersOf (server: object): OpenAnswers {
  let answers = known.get(server)
  if (answers === undefined) known.set(server, answers = trackAnswers(server as Server))
  return answers
}

/** Where Node's server keeps the answer that a connection is waiting for, and the request that it brings. */
type Connection = Socket & {
  readonly _httpMessage?: ServerResponse<IncomingMessage> | null
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null
}

function trackAnswers (server: Server): OpenAnswers {
  const sockets = new Set<Connection>()
  const track = (socket: Connection): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  server.on('connection', track).on('secureConnection', track) // of the two that TLS has, the second brings requests
  return {
    list: () => [...sockets].flatMap(({ _httpMessage: answer }) => answer == null || answer.writableFinished || answer.destroyed ? [] : [answer]),
    coming: () => [...sockets].flatMap(({ parser }) => parser?.incoming == null || parser.incoming.complete ? [] : [parser.incoming])
  }
}
