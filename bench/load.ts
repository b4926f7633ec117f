import { connect, type Socket } from 'node:net'
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

  await Promise.all(Array.from({ length: connections }, async (_, index) => {
    const socket = connect(Number(port), hostname).setNoDelay()
    try {
      let due = began + (Number.isFinite(gap) ? gap * index / connections : 0)
      while (performance.now() < end) {
        if (Number.isFinite(gap)) {
          const wait = due - performance.now()
          if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
          due += gap
        }
        const body = next()
        const sent = performance.now()
        socket.write(`${head}${Buffer.byteLength(body)}\r\n${headers(body)}\r\n${body}`)
        await answer(socket)
        times.push(performance.now() - sent)
      }
    } finally {
      socket.destroy()
    }
  }))
  times.sort((a, b) => a - b)
  const percentile = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))]!
  return { rate: times.length / ((performance.now() - began) / 1000), p50: percentile(0.5), p99: percentile(0.99) }
}

/** Resolves with the next answer's end. */
async function answer (socket: Socket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let received: Buffer | undefined
    const done = (error?: Error): void => {
      socket.off('data', take).off('error', done).off('close', closed)
      if (error === undefined) resolve()
      else reject(error)
    }
    const closed = (): void => done(new Error('the server closed the connection'))
    const take = (chunk: Buffer): void => {
      received = received === undefined ? chunk : Buffer.concat([received, chunk])
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const head = received.toString('latin1', 0, headEnd)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (received.length < headEnd + 4 + length) return
      done(/^HTTP\/1\.1 20[01] /.test(head) ? undefined : new Error(`the server answered ${received.toString('utf8', 0, 300)}`))
    }
    socket.on('data', take).on('error', done).on('close', closed)
  })
}
