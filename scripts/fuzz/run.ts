import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseJson } from '@tatuscan/core'
import { createBodies, type Sent } from './bodies.ts'
import { createRandom, type Random } from './random.ts'
import { rawRequest } from './raw-requests.ts'
import { createSender, type Sender } from './reports.ts'
import { get, send, sendRaw, type Answer } from './send.ts'
import { shrink } from './shrink.ts'
import type { Target } from './targets.ts'
import { faultOf, results, timeless, verdictOf } from './verdict.ts'

export interface FuzzOptions {
  readonly targets: readonly Target[]
  /** How many bodies each of them is sent. */
  readonly count: number
  readonly seed: number
  /** How many are on their way at once, each from a sender of its own. @default 32 */
  readonly senders?: number
  /** Told about twice a second. */
  progress? (done: number): void
}

export interface FuzzResult {
  readonly done: number
  /** How often each verdict came: `400 TATUSCAN_INVALID_REQUEST`; those in batches begin with `in a batch:`. */
  readonly verdicts: ReadonlyMap<string, number>
  /** Machines that are there at the end, the same in every database. */
  readonly machines: number
  readonly finding?: Finding
}

/** The first thing that went wrong. */
export interface Finding {
  readonly what: string
  /** The request, its body as small as still fails; undefined where it is about the end. */
  readonly sent?: Sent
  /** What each target answered to that. */
  readonly answers: readonly Answer[]
}

/** How long a server may work on a raw request after it has refused what followed, or its client has hung up, in milliseconds. */
const underWay = 5000

/** Sends generated and mutated bodies to every target, and holds the answers against one another. */
export async function fuzz ({ targets, count, seed, senders = 32, progress = () => {} }: FuzzOptions): Promise<FuzzResult> {
  const verdicts = new Map<string, number>()
  let done = 0
  let finding: Finding | undefined
  let lastRaw = -Infinity
  const collectors = new Set<string>()

  function tally ([answer]: readonly Answer[]): void {
    const add = (verdict: string) => verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
    add(verdictOf(answer!))
    for (const { status, error } of results(answer!.text) ?? []) add(`in a batch: ${status}${error === undefined ? '' : ` ${error.code}`}`)
  }

  const all = async (ask: (target: Target) => Promise<Answer>) => await Promise.all(targets.map(ask))

  async function run (random: Random): Promise<void> {
    const sender = createSender(random)
    collectors.add(sender.collector)
    const next = createBodies(sender)
    while (done < count && finding === undefined) {
      done++
      const sent = next()
      if (random.chance(0.003)) {
        const raw = rawRequest(sent.body.toString('latin1'), random)
        const answers = await all(async (target) => await sendRaw(target, raw))
        lastRaw = performance.now()
        const fault = answers.find(({ status }) => status >= 500) ?? answers.find(({ status }) => status !== answers[0]!.status)
        if (fault !== undefined) finding ??= { what: `a raw request: ${JSON.stringify(raw.bytes.slice(0, 500))}`, answers }
        continue
      }
      const answers = await all(async (target) => await send(target, sent))
      tally(answers)
      const fault = faultOf(answers, targets) ?? await inABatch(sent, answers[0]!, random) ?? await readBack(sent, answers[0]!, sender)
      if (fault !== undefined) finding ??= { what: fault, ...await smallest(sent, answers, sender) }
    }
  }

  /** A batch of one answers as the report alone did, except that its machine is known by now. */
  async function inABatch (sent: Sent, { status, text }: Answer, random: Random): Promise<string | undefined> {
    if (sent.path !== '/api/machines' || status === 415 || !random.chance(0.05)) return undefined
    const answers = await all(async (target) => await send(target, { ...sent, path: '/api/reports', body: Buffer.concat([Buffer.from('['), sent.body, Buffer.from(']')]) }))
    const fault = faultOf(answers, targets)
    if (fault !== undefined) return `in a batch: ${fault}`
    const items = results(answers[0]!.text)
    const same = items === undefined
      ? answers[0]!.status === 400 && (status === 400 || status === 413) // nothing that can be taken apart
      : items.length !== 1 || verdictOf({ status: items[0]!.status, text: JSON.stringify(items[0]!.error) }) === verdictOf({ status: status < 300 ? 200 : status, text })
    return same ? undefined : `alone it answers ${status}, in a batch ${answers[0]!.text.slice(0, 300)}`
  }

  /** What was taken reads as it was sent, on every target. */
  async function readBack (sent: Sent, { status, text }: Answer, { random }: Sender): Promise<string | undefined> {
    if (sent.path !== '/api/machines' || status >= 300 || /"Nothing new/.test(text) || !random.chance(0.1)) return undefined
    const { item: { machine_id: id } } = parseJson(text) as { item: { machine_id: string } }
    const answers = await all(async (target) => await get(target, `/api/machines/${id}`))
    const fault = faultOf(answers, targets)
    if (fault !== undefined) return `read back: ${fault}`
    const read = parseJson(answers[0]!.text) as Record<string, unknown>
    const given = parseJson(sent.body.toString()) as Record<string, unknown>
    const whole = (value: unknown) => JSON.stringify(value)
    if (whole(read.facts) !== whole(given.facts ?? {})) return 'the facts read back are others'
    if (whole(read.failures) !== whole(given.failures ?? [])) return 'the failures read back are others'
    for (const [field, length] of [['hostname', 100], ['ip', 45], ['os', 100], ['os_version', 100]] as const) {
      const expected = Array.from(given[field] as string | null ?? '').slice(0, length).join('')
      if ((read[field] ?? '') !== expected) return `${field} reads back as ${whole(read[field])}`
    }
    return undefined
  }

  /** Tries ever smaller bodies, each from machines that are new, so that nothing depends on what came before. */
  async function smallest (sent: Sent, answers: readonly Answer[], { machines, random }: Sender): Promise<Pick<Finding, 'sent' | 'answers'>> {
    if (targets.length === 0 || answers.some(({ status }) => status === 0)) return { sent, answers }
    let last = { sent, answers }
    const fails = async (body: Buffer): Promise<boolean> => {
      const fresh = machines.reduce((text, id) => text.replaceAll(anyWriting(id), () => createHash('sha256').update(random.hex(16)).digest('hex')), body.toString('latin1'))
      const again = { ...sent, body: Buffer.from(fresh, 'latin1') }
      const answers = await all(async (target) => await send(target, again))
      if (faultOf(answers, targets) === undefined) return false
      last = { sent: again, answers }
      return true
    }
    if (await fails(sent.body)) await shrink(sent.body, fails)
    return last
  }

  /** At the end every database holds the same; what came of a raw request may be under way still. */
  async function compareAll (): Promise<number> {
    const until = lastRaw + underWay
    for (const path of ['/api/health', '/api/machines?include=facts,failures', '/api/collectors']) {
      let answers: Answer[], told: string[], other: number
      for (;;) {
        answers = await all(async (target) => await get(target, path))
        told = answers.map(({ status, text }) => status !== 200 ? `${status} ${text}` : path === '/api/collectors' ? ours(text) : timeless(text))
        other = told.findIndex((text) => text !== told[0])
        if (other === -1 || performance.now() > until) break
        await sleep(100)
      }
      if (other !== -1) finding ??= { what: `at the end ${path} of ${targets[other]!.name} and ${targets[0]!.name} differ: ${difference(told[other]!, told[0]!)}`, answers: [] }
      else if (answers[0]!.status !== 200) finding ??= { what: `at the end ${path} answers ${told[0]}`, answers: [] }
      if (path.startsWith('/api/machines')) return (parseJson(answers[0]!.text) as { count: number }).count
    }
    return 0
  }

  /** Of collectors that several senders told of, whose schema is the newest depends on who was first. */
  function ours (text: string): string {
    const { items } = parseJson(text) as { items: { name: string, schema: unknown }[] }
    return JSON.stringify(items.filter(({ name }) => collectors.has(name)).map(({ name, schema }) => ({ name, schema })))
  }

  const clock = setInterval(() => progress(done), 500)
  try {
    await Promise.all(Array.from({ length: Math.min(senders, count) }, async (_, index) => await run(createRandom(seed, index))))
    const machines = finding === undefined ? await compareAll() : 0
    return { done, verdicts, machines, ...finding !== undefined && { finding } }
  } finally {
    clearInterval(clock)
  }
}

/** Finds an id in JSON, with whatever escapes it is written. */
function anyWriting (id: string): RegExp {
  return new RegExp([...id].map((digit) => `(?:${digit}|\\\\u00${digit.charCodeAt(0).toString(16)})`).join(''), 'gi')
}

function difference (a: string, b: string): string {
  let at = 0
  while (a[at] === b[at]) at++
  return `${a.slice(Math.max(0, at - 200), at + 200)} ≠ ${b.slice(Math.max(0, at - 200), at + 200)}`
}
