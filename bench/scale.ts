import { sortKeys, type SortKey } from '@tatuscan/core'
import { createDatabase, names, type Kind } from './databases.ts'
import { idOf, seed } from './fleet.ts'
import { load } from './load.ts'
import { nineAlone } from './reports.ts'
import { drain, progress, untilAnswered } from './requests.ts'
import { runServe, runServer } from './run-server.ts'

const small = 10_000
const large = Number(process.env.BENCH_MACHINES ?? 1_000_000)
/** So many that a p95 is not decided by what happened once. */
const runs = 60

/** Prints how long listings take with a million machines, beside ten thousand, and what they cost ingestion and memory. */
export async function benchScale (kinds: readonly Kind[]): Promise<void> {
  for (const kind of kinds) {
    const few = await measure(kind, small)
    const many = await measure(kind, large)
    console.log(`Listings on ${names[kind]}, p95 of ${runs}, limit=100: ms at ${small} machines, at ${large}, ratio; and the ratio of the medians`)
    for (const [what, time] of many.times) {
      const before = few.times.get(what)!
      const ratios = [time.p95 / before.p95, time.p50 / before.p50].map((ratio) => ratio.toFixed(1).padStart(6))
      console.log(`  ${what.padEnd(44)} ${before.p95.toFixed(1).padStart(8)} ${time.p95.toFixed(1).padStart(8)} ${ratios.join(' ')}`)
    }
    console.log(`  the first listing, which a server that has just started answers once it has read its machines: ${few.first.toFixed(0)} ms, ${many.first.toFixed(0)} ms; the first by an indexed fact, then: ${few.firstFact.toFixed(0)} ms, ${many.firstFact.toFixed(0)} ms`)
    console.log(`  all ${large} machines streamed: ${many.streamed.seconds.toFixed(1)} s, at most ${many.streamed.memory.toFixed(0)} MiB resident; ${many.memory.toFixed(0)} MiB after all of the above`)
    console.log(`  ingestion at 1,000 reports a second meanwhile: p99 ${many.ingestion.p99.toFixed(1)} ms; with nobody listing ${many.idle.p99.toFixed(1)} ms`)
  }
}

async function measure (kind: Kind, machines: number) {
  const database = await createDatabase(kind)
  try {
    progress(`${names[kind]}: making ${machines} machines`)
    await seed(database.url, machines)
    progress('streaming')
    const streamed = await stream(database.url)

    const server = await runServer(database.url)
    try {
      const times = new Map<string, { p50: number, p95: number }>()
      const get = async (query: string) => {
        const start = performance.now()
        await drain(`${server.url}/api/machines?limit=100&${query}`)
        return performance.now() - start
      }
      const first = await untilAnswered(async () => await get('sort=last_seen'))
      const firstFact = await get('facts.asset.room=room-78') // which is still being read then, and is not to fall into what is measured next
      const time = async (what: string, query: string): Promise<void> => {
        progress(what)
        await get(query)
        const all: number[] = []
        for (let run = 0; run < runs; run++) all.push(await get(query))
        all.sort((a, b) => a - b)
        times.set(what, { p50: all[runs >> 1]!, p95: all[Math.ceil(runs * 0.95) - 1]! })
      }
      for (const sort of sortKeys) {
        await time(`sort=${sort}`, `sort=${sort}`)
        await time(`sort=${sort}, dir=desc`, `sort=${sort}&dir=desc`)
        for (const [place, machine] of [['in the middle', machines >> 1], ['last page', machines - 1]] as const) {
          const { items: [item] } = await (await fetch(`${server.url}/api/machines?limit=1&q=${idOf(machine)}`)).json() as { items: Record<SortKey, string | number | null>[] }
          await time(`sort=${sort}, ${place}`, `sort=${sort}&cursor=${cursor(sort, item!)}`)
        }
      }
      for (const [what, query] of [
        ['q, a hostname', `q=machine-${machines - 7}`], ['q, many hostnames', 'q=-77'], ['q, all', 'q=machine'], ['q, none', 'q=zzz'], ['q, hexadecimal digits', 'q=dec0de'],
        ['q, an address', 'q=10.0.7.'], ['os', 'os=windows'], ['os_version', 'os_version=Windows%2011'], ['status', 'status=online'], ['os, status, q and sort', 'os=linux&status=online&q=9&sort=cpu_percent&dir=desc'],
        ['facts, indexed', 'facts.asset.room=room-77'], ['facts, indexed, none', 'facts.asset.room=none']
      ] as const) await time(what, query)
      for (const [what, query] of [['one machine’s', 'facts.asset.serial=SN-77'], ['every machine’s', 'facts.asset.owner=somebody%20at%20a%20desk']] as const) {
        const ms = await get(query)
        times.set(`facts, not indexed, the first time, ${what}`, { p50: ms, p95: ms })
      }
      await time('facts, not indexed, again', 'facts.asset.serial=SN-78')

      progress('ingestion')
      const reports = nineAlone(10_000)
      await load(`${server.url}/api/machines`, reports, { seconds: 2, rate: 1000 })
      const idle = await load(`${server.url}/api/machines`, reports, { seconds: 5, rate: 1000 })
      const done = new AbortController()
      const lists = (async () => {
        for (let turn = 0; !done.signal.aborted; turn++) await get(['sort=cpu_percent&dir=desc', 'q=77', 'status=online&sort=last_seen', 'os=linux', 'facts.asset.room=room-3'][turn % 5]!)
      })()
      const ingestion = await load(`${server.url}/api/machines`, reports, { seconds: 5, rate: 1000 })
      done.abort()
      await lists
      const memory = server.memory().now
      return { times, first, firstFact, streamed, memory, ingestion, idle }
    } finally {
      await server.end()
    }
  } finally {
    await database.drop()
  }
}

/** Reads the listing of all machines from `tatuscan serve`, which has done nothing else. */
async function stream (url: string): Promise<{ seconds: number, memory: number }> {
  const server = await runServe(url)
  try {
    const began = performance.now()
    await drain(`${server.url}/api/machines`)
    return { seconds: (performance.now() - began) / 1000, memory: server.memory().most }
  } finally {
    await server.end()
  }
}

/** The cursor of a page that ended with this item. */
function cursor (sort: SortKey, item: Record<SortKey, string | number | null>): string {
  const value = item[sort]
  const key = value !== null && ['computer_activation', 'created_at', 'updated_at', 'last_seen'].includes(sort) ? Date.parse(String(value)) : value
  return Buffer.from(JSON.stringify([sort, 'asc', key, item.machine_id])).toString('base64url')
}
