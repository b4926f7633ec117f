import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase, names, type Kind } from './databases.ts'
import { idOf, seed } from './fleet.ts'
import { load } from './load.ts'
import { nineAlone } from './reports.ts'
import { drain, progress, untilAnswered } from './requests.ts'
import { runServer } from './run-server.ts'

const small = 10_000
const large = Number(process.env.BENCH_MACHINES ?? 1_000_000)
/** So many that a p95 is not decided by what happened once. */
const runs = 100
const people = 10

/** How long each of them looks at a page, in milliseconds. */
const looking = 1000

/** What was asked for: milliseconds, and how many times the small fleet's. */
const limits = { ms: 100, search: 300, ratio: 2, ingestion: 100 } as const

type Address = (turn: number, machines: number) => string

/** What people look at; no two addresses of a turn are alike where people's would not be. */
const pages: readonly (readonly [what: string, address: Address, limit?: number])[] = [
  ['dashboard', () => '/'],
  ['report, first page', () => '/report'],
  ['report, deep page', (turn, machines) => `/report?cursor=${deep(Math.floor(machines * (turn + 0.5) / (runs + 1)))}`],
  ['report, sorted by CPU', () => '/report?sort=cpu_percent&dir=desc'],
  ['report, search inside text', (turn) => `/report?q=${700 + turn}`, limits.search],
  ['report, filter: system', (turn) => `/report?os=${['linux', 'windows', 'darwin'][turn % 3]}`],
  ['report, filter: status', (turn) => `/report?status=${['online', 'late', 'stale', 'lost'][turn % 4]}`],
  ['report, filter: a fact', (turn) => `/report?facts.asset.room=room-${turn * 4}`],
  ['charts', () => '/charts'],
  ['charts of a fact', () => '/charts?fact=facts.asset.room'],
  ['charts of a filter', (turn) => `/charts?os=${['linux', 'windows', 'darwin'][turn % 3]}`]
]

/** Prints how long pages take with a million machines, beside ten thousand, and what ten people who click through them cost ingestion. */
export async function benchPages (kinds: readonly Kind[]): Promise<void> {
  for (const kind of kinds) {
    const few = await measure(kind, small)
    const many = await measure(kind, large)
    console.log(`Pages on ${names[kind]}, p95 of ${runs}: ms at ${small} machines, at ${large}, limit; ratio (limit ${limits.ratio}); the first of all at ${large}; the server's own CPU a page at both, mean`)
    for (const [what, , limit = limits.ms] of pages) {
      const [before, { p95, first, cpu }] = [few.times.get(what)!, many.times.get(what)!]
      const figures = [before.p95, p95, limit, p95 / before.p95, first, before.cpu, cpu]
      console.log(`  ${what.padEnd(28)}${figures.map((figure) => figure.toFixed(1).padStart(9)).join('')}`)
    }
    console.log(`  ingestion at 1,000 reports a second while ${people} people click through all of them, a page a second each: p99 ${many.ingestion.p99.toFixed(1)} ms (limit ${limits.ingestion}), ${many.ingestion.rate.toFixed(0)}/s; with nobody looking ${many.idle.p99.toFixed(1)} ms`)
    console.log(`  they saw ${many.clicked.count} pages, ${many.clicked.unanswered} more were not answered, p50 ${many.clicked.p50.toFixed(0)} ms, p95 ${many.clicked.p95.toFixed(0)} ms`)
  }
}

async function measure (kind: Kind, machines: number) {
  const database = await createDatabase(kind)
  try {
    progress(`${names[kind]}: making ${machines} machines`)
    await seed(database.url, machines)
    return await look(database.url, machines)
  } finally {
    await database.drop()
  }
}

/** @param url of a database that holds so many machines */
export async function look (url: string, machines: number) {
  const server = await runServer(url)
  try {
    const get = async (path: string) => {
      const start = performance.now()
      await drain(server.url + path)
      return performance.now() - start
    }
    await untilAnswered(async () => await get('/api/machines?limit=1'))
    await untilAnswered(async () => await get('/api/machines?limit=1&facts.asset.room=room-0')) // a start reads what is indexed last
    const times = new Map<string, { p95: number, cpu: number, first: number }>()
    for (const [what, address] of pages) {
      progress(what)
      const time = async (turn: number) => await untilAnswered(async () => await get(address(turn, machines)))
      const first = await time(0)
      const before = server.cpu()
      const all: number[] = []
      for (let turn = 1; turn <= runs; turn++) all.push(await time(turn))
      times.set(what, { p95: percentile(all, 0.95), cpu: (server.cpu() - before) / runs, first })
    }

    progress('ingestion')
    const reports = nineAlone(10_000)
    await load(`${server.url}/api/machines`, reports, { seconds: 10, rate: 1000 }) // each of them is known then
    const idle = await load(`${server.url}/api/machines`, reports, { seconds: 10, rate: 1000 })
    const done = new AbortController()
    const seen: number[] = []
    let unanswered = 0
    const clicking = Array.from({ length: people }, async (_, person) => {
      for (let turn = 0; !done.signal.aborted; turn++) {
        await get(pages[(person + turn) % pages.length]![1](person + turn, machines)).then((ms) => seen.push(ms), () => { unanswered++ })
        await sleep(looking * (0.5 + Math.random()))
      }
    })
    const ingestion = await load(`${server.url}/api/machines`, reports, { seconds: 20, rate: 1000 })
    done.abort()
    await Promise.all(clicking)
    return { times, ingestion, idle, clicked: { count: seen.length, unanswered, p50: percentile(seen, 0.5), p95: percentile(seen, 0.95) } }
  } finally {
    await server.end()
  }
}

function percentile (times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.ceil(times.length * part) - 1)]!
}

/** The cursor of a page by hostname that ended with this machine. */
function deep (machine: number): string {
  return Buffer.from(JSON.stringify(['hostname', 'asc', `machine-${machine}`, idOf(machine)])).toString('base64url')
}
