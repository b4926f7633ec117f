import { connect } from 'node:net'
import type { NextBody } from './reports.ts'

export interface LoadResult {
  /** Answers a second. */
  readonly rate: number
  /** Of all answers, in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 * Sends POST requests over so many connections, each its next as soon as its last is answered. Works on bare sockets, so
 * that it takes less of the machine than the server that it measures.
 *
 * @param seconds how long
 * @param rate at most so many requests a second, over all connections
 * @param headers what a body's request says besides, as lines that each end with CR LF
 * @throws where an answer is no 200 or 201
 */
export async function load (url: string, next: NextBody, { connections = 64, seconds, rate = Infinity, headers = () => '' }: {
  connections?: number, seconds: number, rate?: number, headers?: (body: string) => string
}): Promise<LoadResult> {
  const { hostname, port, pathname } = new URL(url)
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: `
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  const gap = connections / rate * 1000

  const request = (): string => {
    const body = next()
    return `${head}${Buffer.byteLength(body)}\r\n${headers(body)}\r\n${body}`
  }
  await Promise.all(Array.from({ length: connections }, async (_, index) => {
    const connection = open(hostname, Number(port))
    try {
      let due = began + (Number.isFinite(gap) ? gap * index / connections : 0)
      while (performance.now() < end) {
        if (Number.isFinite(gap)) {
          const wait = due - performance.now()
          if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
          due += gap
        }
        const asked = request()
        const sent = performance.now()
        await connection.ask(asked)
        times.push(performance.now() - sent)
      }
    } finally {
      connection.end()
    }
  }))
  times.sort((a, b) => a - b)
  const percentile = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))]!
  return { rate: times.length / ((performance.now() - began) / 1000), p50: percentile(0.5), p99: percentile(0.99) }
}

interface Connection {
  /** Sends a request. Resolves at the end of its answer; rejects where that is no 200 or 201. */
  ask (request: string): Promise<void>
  end (): void
}

/** Reads into one piece of memory, without the stream that Node would make of it, and the listeners that each answer would need. */
function open (host: string, port: number): Connection {
  let asked: { resolve (): void, reject (error: Error): void } | undefined
  let received = ''
  function take (chunk: string): void {
    received += chunk
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const at = received.indexOf('content-length: ')
    const length = at === -1 || at > headEnd ? 0 : parseInt(received.slice(at + 16, at + 26))
    if (received.length < headEnd + 4 + length) return
    const answer = received
    received = ''
    if (answer.startsWith('HTTP/1.1 20') && (answer[11] === '0' || answer[11] === '1')) asked?.resolve()
    else asked?.reject(new Error(`the server answered ${answer.slice(0, 300)}`))
  }
  const socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(65_536),
      callback (length, bytes) {
        take((bytes as Buffer).toString('latin1', 0, length))
        return true
      }
    }
  })
  const fail = (error?: Error): void => asked?.reject(error ?? new Error('the server closed the connection'))
  socket.on('error', fail).on('close', () => fail())
  return {
    ask: async (request) => await new Promise((resolve, reject) => {
      asked = { resolve, reject }
      if (socket.destroyed) fail()
      else socket.write(request)
    }),
    end: () => socket.destroy()
  }
}
