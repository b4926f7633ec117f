import { randomBytes } from 'node:crypto'
import { createDatabase, names, type Kind } from './databases.ts'
import { load } from './load.ts'
import { median } from './median.ts'
import { nineAlone } from './reports.ts'
import { runServer, type BenchServer } from './run-server.ts'

const machines = 10_000
const connections = 64
const rounds = Number(process.env.BENCH_ROUNDS ?? 11)
const seconds = 1

/** What was asked for, of a bare route. */
const limit = 0.7

/**
 * Prints how many reports a second the whole server takes in, which asks each agent for its key, counts what it does and
 * limits it: as a ratio of a bare Fastify route, and of the same server that asks nobody. All take turns, as in ingestion.
 */
export async function benchAuth (kinds: readonly Kind[]): Promise<void> {
  console.log(`Ingestion as serve runs it, with the keys of ${machines} machines, ${connections} connections, median of ${rounds} rounds in which the servers take turns of ${seconds} s`)
  const next = nineAlone(machines)
  for (const kind of kinds) {
    const databases = [await createDatabase(kind), await createDatabase(kind)] as const
    const servers: BenchServer[] = []
    try {
      const secret = process.env.BENCH_ENROL_SECRET = randomBytes(24).toString('hex')
      servers.push(await runServer('bare'), await runServer(databases[0].url), await runServer('whole', databases[1].url))
      const keys = await enrol(servers[2]!.url, secret, next)
      const headers = (body: string): string => `authorization: Bearer ${keys.get(idIn(body))!}\r\nx-forwarded-for: 192.0.2.1\r\n`
      const rate = async ({ url }: BenchServer, duration: number) => (await load(`${url}/api/machines`, next, { connections, seconds: duration, headers })).rate
      const spent = [0, 0, 0]
      const taken = [0, 0, 0]
      for (const server of servers) for (let sent = 0; sent < machines;) sent += await rate(server, 4) * 4 // warms up, and makes each machine known
      const measured: number[][] = []
      for (let round = 0; round < rounds; round++) {
        const rates: number[] = []
        for (const [index, server] of servers.entries()) {
          const before = server.processor()
          rates.push(await rate(server, seconds))
          spent[index]! += server.processor() - before
          taken[index]! += rates[index]! * seconds
        }
        measured.push(rates)
      }
      const [bare, open, whole] = [0, 1, 2].map((index) => median(measured.map((rates) => rates[index]!))) as [number, number, number]
      const ratio = (index: number): string => median(measured.map((rates) => rates[2]! / rates[index]!)).toFixed(2)
      console.log(`  ${names[kind]}, the nine fields alone: ${whole.toFixed(0)}/s, bare route ${bare.toFixed(0)}/s, ratio ${ratio(0)} (limit ${limit}); ` +
        `storage, ingestion, API and pages alone ${open.toFixed(0)}/s, ratio ${ratio(1)}; processor time a report, in the same order: ` +
        `${[2, 0, 1].map((index) => `${(spent[index]! / taken[index]! * 1e6).toFixed(0)} µs`).join(', ')}`)
    } finally {
      for (const server of servers) await server.end()
      for (const { drop } of databases) await drop()
    }
  }
}

function idIn (body: string): string {
  return /"machine_id":"([0-9a-f]{64})"/.exec(body)![1]!
}

/** Buys the key of each machine. */
async function enrol (url: string, secret: string, next: () => string): Promise<Map<string, string>> {
  const ids = Array.from({ length: machines }, () => idIn(next()))
  const keys = new Map<string, string>()
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      const answer = await fetch(`${url}/api/enrol`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` }, body: JSON.stringify({ machine_id: id }) })
      if (answer.status !== 201) throw new Error(`enrolment was answered ${answer.status}: ${await answer.text()}`)
      keys.set(id, (await answer.json() as { key: string }).key)
    }
  }))
  return keys
}
