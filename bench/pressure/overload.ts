import { median } from '../median.ts'
import { createClient, openLoop, percentile, type Answer } from './client.ts'
import { withServer } from './run-server.ts'

export interface Overload {
  /** Reports taken in a second, of the 1,000 that the store can. */
  readonly goodput: number
  readonly refused: number
  /** What was neither taken nor refused by 503. */
  readonly other: number
  /** Of the 503, in milliseconds. */
  readonly refusedP99: number
  /** Of what was offered at a pace that the store can take, after the overload: how many were not taken, by seconds after its end. */
  readonly refusedAfter: readonly number[]
}

const taken = ({ status }: Answer): boolean => status === 200 || status === 201

/** A store that takes 1,000 reports a second, and three times as many offered, whether answers come or not; then half as many as it can take. */
export async function overload (seconds: number, next: () => string): Promise<Overload> {
  return await withServer('slow', async (url) => {
    const client = createClient(url)
    const send = async (due: number): Promise<Answer> => await client.send('POST', '/api/machines', next(), due)
    await openLoop(200, 2, send)
    const during = await openLoop(3000, seconds, send)
    const refusedAfter: number[] = []
    for (let second = 0; second < 10; second++) refusedAfter.push((await openLoop(500, 1, send)).filter((answer) => !taken(answer)).length)
    client.close()
    const refused = during.filter(({ status }) => status === 503)
    const good = during.filter(taken).length
    return {
      goodput: good / seconds,
      refused: refused.length,
      other: during.length - refused.length - good,
      refusedP99: percentile(refused.map(({ ms }) => ms), 0.99),
      refusedAfter
    }
  })
}

export interface Saturation {
  /** Reports taken a second over so many connections, over four times as many, and the second as a ratio of the first. */
  readonly peak: number
  readonly fourfold: number
  readonly ratio: number
  /** What was not taken. */
  readonly failed: number
}

/**
 * Connections each of which sends its next report as soon as its last is answered, then four times as many: in turns, of
 * which the medians are told, so that a machine that is slow for a while is so for both.
 */
export async function saturation (connections: number, seconds: number, next: () => string, rounds = 1): Promise<Saturation> {
  return await withServer('fast', async (url) => {
    let failed = 0
    const rate = async (count: number): Promise<number> => {
      const client = createClient(url)
      const end = performance.now() + seconds * 1000
      let good = 0
      await Promise.all(Array.from({ length: count }, async () => {
        while (performance.now() < end) {
          if (taken(await client.send('POST', '/api/machines', next()))) good++
          else failed++
        }
      }))
      client.close()
      return good / seconds
    }
    await rate(connections)
    const measured: { peak: number, fourfold: number }[] = []
    for (let round = 0; round < rounds; round++) measured.push({ peak: await rate(connections), fourfold: await rate(4 * connections) })
    return {
      peak: median(measured.map(({ peak }) => peak)),
      fourfold: median(measured.map(({ fourfold }) => fourfold)),
      ratio: median(measured.map(({ peak, fourfold }) => fourfold / peak)),
      failed
    }
  })
}
