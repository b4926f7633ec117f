/** The same server on each database that there is here, listening on a socket of its own. */
import { createHash } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { parseJson, type OriginalReport } from '@tatuscan/core'
import { api } from '@tatuscan/server-api'
import { storage } from '@tatuscan/server-storage'
import { createDatabase, reachable, type Kind } from '../../storage/test/databases.ts'
import { ingest } from '../src/index.ts'

export interface Answer {
  readonly status: number
  readonly body: any
}

export interface Server {
  readonly kind: Kind
  post (path: string, body: string | Buffer, headers?: http.OutgoingHttpHeaders): Promise<Answer>
  get (path: string): Promise<Answer>
  close (): Promise<void>
}

export async function openServers (): Promise<Server[]> {
  return await Promise.all(reachable.map(openServer))
}

async function openServer (kind: Kind): Promise<Server> {
  const database = await createDatabase(kind)
  const app = Fastify()
  await app.register(storage, { url: database.url })
  await app.register(ingest)
  await app.register(api)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const agent = new http.Agent({ keepAlive: true })

  async function send (options: http.RequestOptions, body?: string | Buffer): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port, agent, ...options }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject).on('end', () => {
          resolve({ status: response.statusCode!, body: parseJson(Buffer.concat(chunks).toString()) })
        })
      })
      request.on('error', reject).end(body)
    })
  }

  return {
    kind,
    post: async (path, body, headers = { 'content-type': 'application/json' }) =>
      await send({ method: 'POST', path, headers: { 'content-length': Buffer.byteLength(body), ...headers } }, body),
    get: async (path) => await send({ path }),
    async close () {
      agent.destroy()
      await app.close()
      await database.drop()
    }
  }
}

/** The nine fields of a machine that is called by a name of its own. */
export function nineOf (name: string): OriginalReport {
  return {
    machine_id: createHash('sha256').update(name).digest('hex'),
    hostname: 'srv',
    ip: '192.0.2.10',
    os: 'linux',
    os_version: 'Debian GNU/Linux 12 (bookworm)',
    cpu_percent: 12.5,
    memory_total_mb: 8192,
    memory_used_mb: 4096,
    timestamp: '2026-01-02T03:04:05Z'
  }
}
