import { createDatabase, names, type Kind } from './databases.ts'
import { load } from './load.ts'
import { median } from './median.ts'
import { fullReport, nineAlone, type NextBody } from './reports.ts'
import { runServer, type BenchServer } from './run-server.ts'

const machines = 10_000
const connections = 64
const starts = 3
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const seconds = 1

/** What was asked for. */
const limits = {
  nine: { sqlite: 0.8, postgresql: 0.55, mysql: 0.6 },
  full: { sqlite: 0.5, postgresql: 0.5, mysql: 0.5 }
} as const

/**
 * Prints how many reports a second are taken in on each database, as a ratio of a bare Fastify route with the same schema.
 * All servers run all the time, and take turns of a second each, so that a machine that is slow for a while is so for all.
 * They are started several times, since one process of the same code may be faster than the next by a tenth.
 */
export async function benchIngestion (kinds: readonly Kind[]): Promise<void> {
  console.log(`Ingestion, ${connections} connections, ${machines} machines, median of ${starts} starts of each server with ${rounds} rounds in which they take turns of ${seconds} s`)
  for (const [what, body, next] of [['nine', 'the nine fields alone', nineAlone(machines)], ['full', 'the full report', await fullReport(machines)]] as const) {
    const databases = await Promise.all(kinds.map(createDatabase))
    const measured: number[][] = []
    try {
      for (let start = 0; start < starts; start++) measured.push(...await measure(['bare', ...databases.map(({ url }) => url)], next))
    } finally {
      for (const { drop } of databases) await drop()
    }
    databases.forEach(({ kind }, index) => {
      const ratios = measured.map((rates) => rates[index + 1]! / rates[0]!)
      const [bare, tatuscan] = [median(measured.map((rates) => rates[0]!)), median(measured.map((rates) => rates[index + 1]!))]
      console.log(`  ${names[kind]}, ${body} (${next().length} bytes): ${tatuscan.toFixed(0)}/s, bare route ${bare.toFixed(0)}/s, ratio ${median(ratios).toFixed(2)} (limit ${limits[what][kind]}); ` +
        `of the rounds ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`)
    })
  }
}

/** Starts servers and lets them take turns. @returns of each round the reports a second that each server took in */
async function measure (modes: readonly string[], next: NextBody): Promise<number[][]> {
  const servers: BenchServer[] = []
  const rate = async ({ url }: BenchServer, duration: number) => (await load(`${url}/api/machines`, next, { connections, seconds: duration })).rate
  try {
    for (const mode of modes) servers.push(await runServer(mode))
    for (const server of servers) for (let sent = 0; sent < 3 * machines;) sent += await rate(server, 1) // warms up, and makes all machines known
    const measured: number[][] = []
    for (let round = 0; round < rounds; round++) {
      const rates: number[] = []
      for (const server of servers) rates.push(await rate(server, seconds))
      measured.push(rates)
    }
    return measured
  } finally {
    for (const server of servers) await server.end()
  }
}
