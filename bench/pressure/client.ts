import { connect, type Socket } from 'node:net'

export interface Answer {
  /** 0: the connection was lost. */
  readonly status: number
  readonly ms: number
}

/** Sends requests over bare sockets, each over one that is free, else a new one, so that it takes less of the machine than the server. */
export function createClient (url: string) {
  const { hostname, port } = new URL(url)
  const free: Socket[] = []
  const all = new Set<Socket>()

  function open (): Socket {
    const socket = connect(Number(port), hostname).setNoDelay()
    all.add(socket)
    return socket.on('error', () => {}).once('close', () => {
      all.delete(socket)
      const index = free.indexOf(socket)
      if (index !== -1) free.splice(index, 1)
    })
  }

  return {
    /** @param since when it was due, by performance.now() */
    async send (method: 'GET' | 'POST', path: string, body = '', since = performance.now()): Promise<Answer> {
      const socket = free.pop() ?? open()
      const type = method === 'POST' ? `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` : ''
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${type}\r\n${body}`)
      const status = await statusOf(socket)
      if (!socket.destroyed) free.push(socket)
      return { status, ms: performance.now() - since }
    },
    close () {
      for (const socket of all) socket.destroy()
    }
  }
}

export type Client = ReturnType<typeof createClient>

/** Resolves once the next answer is there to its end. */
async function statusOf (socket: Socket): Promise<number> {
  return await new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0)
    const done = (status: number): void => {
      socket.off('data', take).off('close', lost)
      resolve(status)
    }
    const lost = (): void => done(0)
    const take = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const end = received.indexOf('\r\n\r\n')
      if (end === -1) return
      const head = received.toString('latin1', 0, end)
      const length = /content-length: (\d+)/i.exec(head)?.[1]
      const whole = length === undefined ? received.subarray(-5).toString() === '0\r\n\r\n' : received.length >= end + 4 + Number(length)
      if (whole) done(Number(head.slice(9, 12)))
    }
    socket.on('data', take).once('close', lost)
  })
}

/** Sends so many a second for so long, whether answers come or not. */
export async function openLoop (perSecond: number, seconds: number, send: (due: number) => Promise<Answer>): Promise<Answer[]> {
  const answers: Promise<Answer>[] = []
  const began = performance.now()
  while (answers.length < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor((performance.now() - began) / 1000 * perSecond))
    while (answers.length < due) answers.push(send(performance.now()))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return await Promise.all(answers)
}

/** The value below which this part of the values is; 0 of none. */
export function percentile (values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
