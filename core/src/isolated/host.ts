/**
 * The process around a module: `node host.ts FILE describe|collect`. It answers with one line of JSON on descriptor 3,
 * and then waits to be killed, along with everything that the module started.
 */
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { checkCollectors, type Collector } from '../collector.ts'
import { codeOf, messageOf, TatuScanError } from '../errors.ts'
import { checkFacts, plainFacts } from '../facts.ts'
import type { HostAnswer } from './answer.ts'

// Kept from before the module runs, since it may replace what is global.
const { stringify } = JSON
const exit = (process as unknown as { reallyExit: (code: number) => never }).reallyExit.bind(process)
const { setInterval } = globalThis

const [, , file, task] = process.argv as [string, string, string, 'describe' | 'collect']

process.on('uncaughtException', tellStray)
process.on('unhandledRejection', tellStray)
process.stdin.on('end', () => exit(1)).on('error', () => exit(1)).resume() // the agent is gone
setInterval(() => {}, 2 ** 30) // a module that holds no handle still has its time

answer(await run())

async function run (): Promise<HostAnswer> {
  let described: HostAnswer = {}
  try {
    const { default: make } = await import(pathToFileURL(file).href) as { default?: unknown }
    if (typeof make !== 'function') throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'its default export must be a function that returns a collector')
    const made: unknown[] = [await make()]
    checkCollectors(made)
    const collector: Collector = made[0]!
    const schema = stringify(collector.schema)
    described = { name: collector.name, schema }
    if (task === 'describe') return described
    const returned = await collector.collect({ signal: new AbortController().signal })
    if (returned === undefined) return { ...described, told: null }
    const told = plainFacts(returned)
    checkFacts(told, JSON.parse(schema))
    return { ...described, told }
  } catch (thrown) {
    return { ...described, error: { code: codeOf(thrown), message: messageOf(thrown).slice(0, 2000).toWellFormed().replaceAll('\0', '\ufffd') } }
  }
}

function answer (answer: HostAnswer): void {
  try {
    const line = Buffer.from(stringify(answer) + '\n')
    for (let sent = 0; sent < line.length;) sent += writeSync(3, line, sent)
  } catch {
    exit(1) // the module has closed the pipe, or there is no sense in what it left of the globals
  }
}

function tellStray (error: unknown): void {
  try {
    writeSync(2, `the collector's module failed outside of its own promise: ${messageOf(error)}\n`)
  } catch {}
}
