import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What the connections of a server are busy with. */
export interface Connections {
  /** The answers that are neither sent nor given up; of requests that a client sent without waiting for answers, the first of its connection. */
  openAnswers (): ServerResponse<IncomingMessage>[]
  /** The requests of which more is to come, whether they are answered or not. */
  comingRequests (): IncomingMessage[]
}

const known = new WeakMap<object, Connections>()

/**
 * The connections of a server, the same for all who ask: from the first time on, so that it is asked before the server
 * listens. What they are busy with is looked for when somebody asks, and costs a request nothing; one that is injected
 * has no connection.
 */
export function connectionsOf (server: object): Connections {
  let connections = known.get(server)
  if (connections === undefined) known.set(server, connections = track(server as Server))
  return connections
}

/** Where Node's server keeps the answer that a connection is waiting for, and the request that it brings. */
type Connection = Socket & {
  readonly _httpMessage?: ServerResponse<IncomingMessage> | null
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null
}

function track (server: Server): Connections {
  const open = new Set<Connection>()
  const add = (connection: Connection): void => {
    open.add(connection)
    connection.once('close', () => open.delete(connection))
  }
  server.on('connection', add).on('secureConnection', add) // of the two that TLS has, the second brings requests
  return {
    openAnswers: () => [...open].flatMap(({ _httpMessage: answer }) => answer == null || answer.writableFinished || answer.destroyed ? [] : [answer]),
    comingRequests: () => [...open].flatMap(({ parser }) => parser?.incoming == null || parser.incoming.complete ? [] : [parser.incoming])
  }
}
