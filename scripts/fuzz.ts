/**
 * `npm run fuzz`: sends generated and mutated bodies to a server on each database, and fails where one answers 5xx, dies,
 * or answers otherwise than the rest; and where, at the end, they don't hold the same machines.
 *
 * Usage: npm run fuzz -- [--count 100000] [--seed N]
 */
import { parseArgs } from 'node:util'
import { fuzz, type FuzzResult } from './fuzz/run.ts'
import { openTargets } from './fuzz/targets.ts'

const { values } = parseArgs({ options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Date.now() % 2 ** 32) } } })
const [count, seed] = [Number(values.count), Number(values.seed)]
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run fuzz -- [--count 100000] [--seed N], both whole numbers')
  process.exit(2)
}

await using opened = await openTargets()
const { targets, absent } = opened
for (const why of absent) console.log(`without ${why}`)
console.log(`${count} bodies to each of ${targets.map(({ name }) => name).join(', ')}; seed ${seed}`)
const began = performance.now()
const result = await fuzz({ targets, count, seed, progress })
show(result, (performance.now() - began) / 1000)
process.exitCode = result.finding === undefined ? 0 : 1

function progress (done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count} `)
}

function show ({ done, verdicts, machines, finding }: FuzzResult, seconds: number): void {
  for (const [verdict, times] of [...verdicts].sort(([, a], [, b]) => b - a)) console.log(`${String(times).padStart(8)}  ${verdict}`)
  if (finding !== undefined) {
    const { what, sent, answers } = finding
    console.log(`\nFound: ${what}`)
    if (sent !== undefined) console.log(`POST ${sent.path} ${JSON.stringify(sent.headers)}${sent.chunked ? ', chunked' : ''}, ${sent.body.length} bytes:\n${printable(sent.body)}`)
    for (const [index, { status, text }] of answers.entries()) console.log(`${targets[index]!.name}: ${status} ${text.slice(0, 1000)}`)
    for (const { name, log } of targets) if (log !== undefined && log() !== '') console.log(`${name} logged: ${log()}`)
  }
  const found = finding === undefined ? `no 5xx, no crash, the same verdicts and the same ${machines} machines everywhere` : `stopped at what was found; again with --seed ${seed}`
  console.log(`${done} bodies to each of ${targets.length} in ${seconds.toFixed(1)} s (${(done / seconds).toFixed(0)}/s), seed ${seed}: ${found}`)
}

/** The body as text where it is any, else in base64. */
function printable (body: Buffer): string {
  const text = body.toString()
  return Buffer.from(text).equals(body) ? text.slice(0, 20_000) : `base64 ${body.toString('base64').slice(0, 20_000)}`
}
