import { createDatabase, names, type Kind } from './databases.ts'
import { load } from './load.ts'
import { fullReport, nineAlone, type NextBody } from './reports.ts'
import { runServer } from './run-server.ts'

const machines = 10_000
const connections = 64
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = 3

/** What was asked for. */
const limits = {
  nine: { sqlite: 0.8, postgresql: 0.55, mysql: 0.6 },
  full: { sqlite: 0.5, postgresql: 0.5, mysql: 0.5 }
} as const

/** Prints how many reports a second are taken in on each database, as a ratio of a bare Fastify route with the same schema. */
export async function benchIngestion (kinds: readonly Kind[]): Promise<void> {
  console.log(`Ingestion, ${connections} connections, ${machines} machines, median of ${rounds} rounds of ${seconds} s each, side by side`)
  for (const [what, body, next] of [['nine', 'the nine fields alone', nineAlone(machines)], ['full', 'the full report', await fullReport(machines)]] as const) {
    const databases = await Promise.all(kinds.map(createDatabase))
    try {
      const results = new Map(databases.map(({ kind }) => [kind, [] as { ratio: number, bare: number, tatuscan: number }[]]))
      for (let round = 0; round < rounds; round++) {
        const bare = await rate('bare', next)
        for (const { kind, url } of databases) {
          const tatuscan = await rate(url, next)
          results.get(kind)!.push({ ratio: tatuscan / bare, bare, tatuscan })
        }
      }
      for (const [kind, measured] of results) {
        const { ratio, bare, tatuscan } = measured.toSorted((a, b) => a.ratio - b.ratio)[rounds >> 1]!
        console.log(`  ${names[kind]}, ${body} (${next().length} bytes): ${tatuscan.toFixed(0)}/s, bare route ${bare.toFixed(0)}/s, ratio ${ratio.toFixed(2)} (limit ${limits[what][kind]})`)
      }
    } finally {
      for (const { drop } of databases) await drop()
    }
  }
}

/** Accepted requests a second. */
async function rate (mode: string, next: NextBody): Promise<number> {
  const server = await runServer(mode)
  try {
    await load(`${server.url}/api/machines`, next, { connections, seconds: 2 }) // warms up, and makes the machines known
    return (await load(`${server.url}/api/machines`, next, { connections, seconds })).rate
  } finally {
    await server.end()
  }
}
