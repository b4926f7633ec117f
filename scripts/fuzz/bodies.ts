import { brotliCompressSync, gzipSync } from 'node:zlib'
import { write } from './json.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateValue } from './mutate-values.ts'
import type { Random } from './random.ts'
import { validReport, type Sender } from './reports.ts'

/** One request, as it will be sent to every server. */
export interface Sent {
  readonly path: '/api/machines' | '/api/reports'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** In pieces, without saying how long it is. */
  readonly chunked: boolean
}

/** A server reads no more than 16 MiB of a body that it refuses; who sends more may see the connection break. */
const mostBytes = 8 * 1024 * 1024

const json = { 'content-type': 'application/json' }

/** The bodies of one sender, one after another, without end. */
export function createBodies (sender: Sender): () => Sent {
  const { random } = sender
  const before: Sent[] = []

  function report (): string {
    let report = validReport(sender)
    if (random.chance(0.65)) for (let times = 1 + random.below(3); times > 0 && !('list' in report); times--) report = mutateValue(report, random)
    return write(report, random)
  }

  function batch (): Sent {
    const size = random.chance(0.02) ? random.one([0, 100, 499, 500, 501]) : 1 + random.below(6)
    const items = Array.from({ length: Math.min(size, 6) }, report)
    const many = Array.from({ length: size }, (_, index) => items[index % items.length]!)
    if (random.chance(0.05)) many.push(random.one(['null', '5', '[]', '"x"', '{}', '{', '']))
    const body = Buffer.from(`[${many.join()}]`)
    return { path: '/api/reports', headers: json, body: body.length > mostBytes ? Buffer.from(`[${items.join()}]`) : body, chunked: random.chance(0.05) }
  }

  function made (): Sent {
    if (before.length > 0 && random.chance(0.1)) return random.one(before) // the very same again
    const sent: Sent = random.chance(0.2) ? batch() : { path: '/api/machines', headers: json, body: Buffer.from(report()), chunked: random.chance(0.05) }
    return random.chance(0.25) ? { ...sent, body: mutateBytes(sent.body, random) } : sent
  }

  return () => {
    const sent = made()
    before.push(sent)
    if (before.length > 20) before.shift()
    return random.chance(0.04) ? dressed(sent, random) : sent
  }
}

/** The same under another type or encoding, true or not; or in the wrong place. */
function dressed (sent: Sent, random: Random): Sent {
  const { body } = sent
  return random.one<() => Sent>([
    () => ({ ...sent, headers: {} }),
    () => ({ ...sent, headers: { 'content-type': random.one(['text/plain', 'application/xml', 'application/problem+json', 'application/json, text/plain', '///', 'application/json; charset=utf-16', 'application/json;charset="latin1"']) } }),
    () => ({ ...sent, headers: { 'content-type': random.one(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset="UTF8"', 'application/json; x="a;b"']) } }),
    () => ({ ...sent, headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(body) }),
    () => ({ ...sent, headers: { ...json, 'content-encoding': 'br' }, body: brotliCompressSync(body) }),
    () => ({ ...sent, headers: { ...json, 'content-encoding': random.one(['gzip', 'identity', 'IDENTITY', 'identity, gzip', 'x']) } }),
    () => ({ ...sent, body: gzipSync(body) }),
    () => ({ ...sent, path: sent.path === '/api/machines' ? '/api/reports' : '/api/machines' }),
    () => ({ ...sent, body: Buffer.concat([body, Buffer.alloc(random.one([65_536, 70_000, 200_000]), ' ')]) })
  ])()
}
