import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https, { type ServerOptions } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface Heard { readonly method: string, readonly url: string, readonly headers: http.IncomingHttpHeaders, readonly peer?: string | undefined }

export interface Listening {
  readonly url: string
  readonly port: number
  /** What was asked of it, in order. */
  readonly heard: Heard[]
  close (): void
}

async function listen (server: http.Server, protocol: string, heard: Heard[]): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {})))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${protocol}://127.0.0.1:${port}`,
    port,
    heard,
    close () {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}

const described = ({ method, url, headers, socket }: IncomingMessage): Heard =>
  ({ method: method!, url: url!, headers, peer: (socket as TLSSocket).getPeerCertificate?.()?.subject?.CN as string | undefined })

/** A server that takes every report, unless `respond` does otherwise. */
export async function startServer ({ tls, respond = (_, response) => { response.writeHead(201).end('{}') } }: {
  tls?: ServerOptions
  respond?: (request: IncomingMessage, response: ServerResponse) => void
} = {}): Promise<Listening> {
  const heard: Heard[] = []
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    heard.push(described(request))
    request.resume().on('end', () => respond(request, response))
  }
  return tls === undefined ? await listen(http.createServer(handle), 'http', heard) : await listen(https.createServer(tls, handle), 'https', heard)
}

/** A real proxy: passes on what it is asked for by its whole URL, and opens tunnels on CONNECT. */
export async function startProxy ({ tls, refuse }: { tls?: ServerOptions, refuse?: number } = {}): Promise<Listening> {
  const heard: Heard[] = []
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    heard.push(described(request))
    if (refuse !== undefined) {
      response.writeHead(refuse).end()
      return
    }
    const { 'proxy-authorization': _, ...headers } = request.headers
    request.pipe(http.request(request.url!, { method: request.method!, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    }).on('error', () => response.destroy()))
  }
  const server = tls === undefined ? http.createServer(pass) : https.createServer(tls, pass)
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    heard.push(described(request))
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`)
      return
    }
    const [host, port] = request.url!.split(':')
    const upstream = connect(Number(port), host!, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  return await listen(server, tls === undefined ? 'http' : 'https', heard)
}
