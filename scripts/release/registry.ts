import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What npm sends to publish a package. */
interface Sent {
  readonly name: string
  readonly access: string | null
  readonly versions: Record<string, object>
  readonly _attachments: Record<string, { readonly length: number }>
}

export interface Published { readonly name: string, readonly version: string, readonly access: string | null, readonly bytes: number }

/** A registry of this process that has nothing, takes everything, and tells what it was given: none of it leaves the machine. */
export async function openRegistry (): Promise<{ url: string, published: readonly Published[], close: () => void }> {
  const published: Published[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (request.method !== 'PUT') return response.writeHead(404).end('{"error":"not found"}')
      const { name, access, versions, _attachments: files } = JSON.parse(Buffer.concat(chunks).toString()) as Sent
      published.push({ name, version: Object.keys(versions).join(), access, bytes: Object.values(files).reduce((sum, { length }) => sum + length, 0) })
      response.writeHead(201).end('{"ok":true}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, published, close: () => server.close() }
}
