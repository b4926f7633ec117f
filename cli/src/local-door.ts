import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface LocalDoor {
  readonly url: string
  close (): void
}

/**
 * A way to a server that speaks TLS for its own agent, on a loopback address, whose name its certificate does not hold.
 * Who else is on this machine gets no further by it than to where a key or the enrolment secret is asked for.
 *
 * @param prefix below which everything is
 */
export async function openLocalDoor (app: FastifyInstance, prefix: string): Promise<LocalDoor> {
  const open = new Set(['enrol', 'machines', 'reports'].map((name) => `${prefix}/api/${name}`))
  const server = createServer((request, response) => {
    if (request.method === 'POST' && open.has(request.url!)) app.routing(request, response)
    else response.writeHead(404, { connection: 'close' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close () {
      server.close()
      server.closeAllConnections()
    }
  }
}
