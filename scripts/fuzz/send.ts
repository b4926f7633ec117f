import http from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sent } from './bodies.ts'
import type { RawRequest } from './raw-requests.ts'
import type { Target } from './targets.ts'

export interface Answer {
  /** 0 where the connection died, or nothing came in time; the text then says so. */
  readonly status: number
  readonly text: string
}

const agent = new http.Agent({ keepAlive: true })
const patience = 15_000

/** How much of a request as bytes is sent first, which a server reads at once, and how long it then has to refuse it, in milliseconds. */
const beginning = 16_384
const refusedWithin = 200

/** Sends a request, and gives what comes back, whatever it is. */
export async function send (target: Target, { path, headers, body, chunked }: Sent): Promise<Answer> {
  return await ask(target, { method: 'POST', path, headers: chunked ? headers : { ...headers, 'content-length': String(body.length) } }, (request) => {
    if (!chunked) request.end(body)
    else {
      const half = body.length >> 1
      request.write(body.subarray(0, half))
      request.end(body.subarray(half))
    }
  })
}

export async function get (target: Target, path: string): Promise<Answer> {
  return await ask(target, { path }, (request) => request.end())
}

async function ask ({ url }: Target, options: http.RequestOptions, write: (request: http.ClientRequest) => void): Promise<Answer> {
  return await new Promise((resolve) => {
    const died = (error: Error) => resolve({ status: 0, text: `the connection died: ${error.message}` })
    const request = http.request(new URL(options.path!, url), { ...options, agent, signal: AbortSignal.timeout(patience) }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', died)
      response.on('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() }))
    })
    request.on('error', died)
    write(request)
  })
}

/** Sends bytes as they are, and gives the first answer that comes back before the connection is closed. */
export async function sendRaw ({ url }: Target, { bytes, broken }: RawRequest): Promise<Answer> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding('utf8').setTimeout(patience, () => socket.destroy(new Error('nothing came in time')))
  let text = ''
  let died = ''
  socket.on('data', (chunk: string) => { text += chunk }).on('error', (error) => { died = error.message })
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.write(bytes.slice(0, beginning))
  // What is refused by its head is closed at once: under a body that is still being sent its answer would be lost
  if (bytes.length > beginning) await Promise.race([closed, sleep(refusedWithin)])
  if (!socket.destroyed) socket.write(bytes.slice(beginning), () => { if (broken) socket.end() })
  await closed
  const [, status] = /^HTTP\/1\.1 (\d+) /.exec(text) ?? []
  return status === undefined ? { status: 0, text: died } : { status: Number(status), text: text.replace(/^[^]*?\r\n\r\n/, '').replace(/HTTP\/1\.1 [^]*$/, '') }
}
