import { connect, type Socket } from 'node:net'
import { createClient, openLoop, percentile } from './client.ts'
import { withServer } from './run-server.ts'

export interface SlowClients {
  /** How many connections were still open at the end. */
  readonly open: number
  /** When the last of them was closed, in milliseconds after the last was opened. */
  readonly closedAfter: number
  /** What an honest client saw meanwhile. */
  readonly honest: { readonly answers: number, readonly failed: number, readonly p99: number }
}

/** In how many parts of a second the drops come. */
const parts = 20

/** So many connections whose head comes in drops, and as many whose body does, while an honest client reports 50 times a second. */
export async function slowClients (count: number, next: () => string, seconds = 20): Promise<SlowClients> {
  return await withServer('fast', async (url) => {
    const { port } = new URL(url)
    const sockets = new Map<Socket, { readonly text: string, readonly part: number }>()
    let last = 0
    for (let index = 0; index < 2 * count; index++) {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
      sockets.set(socket, { text: index % 2 === 0 ? 'X-A: b\r\n' : ' ', part: (index >> 1) % parts })
      socket.once('close', () => {
        sockets.delete(socket)
        last = performance.now()
      })
      socket.write(index % 2 === 0
        ? 'GET / HTTP/1.1\r\nHost: localhost\r\n'
        : 'POST /api/machines HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n')
    }
    const opened = performance.now()
    let turn = 0
    // Each once a second, a part of them at a time, as clients that know nothing of one another would
    const dripping = setInterval(() => {
      turn = (turn + 1) % parts
      for (const [socket, { text, part }] of sockets) if (part === turn) socket.write(text)
    }, 1000 / parts)
    const client = createClient(url)
    for (let warm = 0; warm < 20; warm++) await client.send('POST', '/api/machines', next())
    const answers = await openLoop(50, seconds, async (due) => await client.send('POST', '/api/machines', next(), due))
    clearInterval(dripping)
    client.close()
    const open = sockets.size
    for (const socket of sockets.keys()) socket.destroy()
    return {
      open,
      closedAfter: last - opened,
      honest: { answers: answers.length, failed: answers.filter(({ status }) => status !== 200 && status !== 201).length, p99: percentile(answers.map(({ ms }) => ms), 0.99) }
    }
  })
}
