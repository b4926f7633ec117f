import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { fullReport, nineAlone, type NextBody } from './reports.ts'

const machines = 10_000
const connections = 64
const rounds = 7
const seconds = 3

/** Prints how many reports a second are taken in, as a ratio of a bare Fastify route with the same schema. */
export async function benchIngestion (): Promise<void> {
  console.log(`Ingestion on SQLite, ${connections} connections, ${machines} machines, median of ${rounds} rounds of ${seconds} s each, side by side`)
  for (const [what, next] of [['the nine fields alone', nineAlone(machines)], ['the full report', await fullReport(machines)]] as const) {
    const folder = await mkdtemp(join(tmpdir(), 'tatuscan-bench-'))
    const measured: { ratio: number, bare: number, tatuscan: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const bare = await rate('bare', next)
      const tatuscan = await rate(`sqlite:${join(folder, 'bench.db')}`, next)
      measured.push({ ratio: tatuscan / bare, bare, tatuscan })
    }
    await rm(folder, { recursive: true })
    const { ratio, bare, tatuscan } = measured.toSorted((a, b) => a.ratio - b.ratio)[rounds >> 1]!
    console.log(`  ${what} (${next().length} bytes): ${tatuscan.toFixed(0)}/s, bare route ${bare.toFixed(0)}/s, ratio ${ratio.toFixed(2)}`)
  }
}

/** Accepted requests a second. */
async function rate (mode: string, next: NextBody): Promise<number> {
  const server = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url)), mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(server.stdout, 'data') as [Buffer]
  const load = async (duration: number) => await autocannon({
    url: `${String(line).trim()}/api/machines`,
    method: 'POST',
    connections,
    duration,
    headers: { 'content-type': 'application/json' },
    requests: [{ setupRequest: (request) => ({ ...request, body: next() }) }]
  })
  await load(3) // warms up, and makes the machines known
  const { '2xx': accepted, non2xx, errors, duration } = await load(seconds)
  if (non2xx + errors > 0) throw new Error(`${non2xx} requests were refused, ${errors} failed`)
  server.kill('SIGTERM')
  await once(server, 'close')
  return accepted / duration
}
