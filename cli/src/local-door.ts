import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface LocalDoor {
  readonly url: string
  close (): void
}

/** A way to a server that speaks TLS for its own agent, on a loopback address, whose name its certificate does not hold. */
export async function openLocalDoor (app: FastifyInstance): Promise<LocalDoor> {
  const server = createServer((request, response) => app.routing(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close () {
      server.close()
      server.closeAllConnections()
    }
  }
}
