/**
 * `npm run soak`: 10 minutes of `tatuscan serve` at 500 reports a second with a page that polls, and what becomes of its
 * memory, file descriptors and write-ahead log.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fullReport } from '../reports.ts'
import { createClient, openLoop, percentile } from './client.ts'

const minutes = Number(process.argv[2] ?? 10)
const folder = mkdtempSync(join(tmpdir(), 'tatuscan-soak-'))
const server = spawn(process.execPath, [fileURLToPath(new URL('../../cli/bin/tatuscan.js', import.meta.url)), 'serve', '--port', '0'], {
  env: { ...process.env, TATUSCAN_DB_DIR: folder, TATUSCAN_AUTH: 'none', TATUSCAN_STATE_DIR: folder }, stdio: ['ignore', 'ignore', 'pipe']
})
let url = ''
for await (const line of createInterface(server.stderr)) if ((url = /TatuScan is at (http:\/\/[^ ]+)/.exec(line)?.[1] ?? '') !== '') break
server.stderr.resume()

interface Sample { readonly minute: number, readonly rss: number, readonly fds: number, readonly wal: number }
const samples: Sample[] = []
const began = performance.now()
const sampling = setInterval(() => {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  samples.push({
    minute: (performance.now() - began) / 60_000,
    rss: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024,
    fds: readdirSync(`/proc/${server.pid}/fd`).length,
    wal: statSync(join(folder, 'tatuscan.db-wal')).size / 1_048_576
  })
  const { minute, rss, fds, wal } = samples.at(-1)!
  if (samples.length % 6 === 0) console.log(`  ${minute.toFixed(1)} min: ${rss.toFixed(1)} MB resident, ${fds} file descriptors, log of ${wal.toFixed(1)} MiB`)
}, 10_000)

const client = createClient(url)
const next = await fullReport(10_000)
const page = createClient(url)
const polling = setInterval(async () => {
  for (const path of ['/', '/charts', '/api/machines?limit=50&sort=last_seen&dir=desc']) await page.send('GET', path)
}, 5000)
const answers = await openLoop(500, minutes * 60, async (due) => await client.send('POST', '/api/machines', next(), due))
clearInterval(polling)
clearInterval(sampling)
for (const one of [client, page]) one.close()
server.kill('SIGTERM')
await new Promise((resolve) => server.once('close', resolve))
rmSync(folder, { recursive: true })

const warm = samples.filter(({ minute }) => minute > minutes * 0.4)
const wrong = answers.filter(({ status }) => status !== 200 && status !== 201).length
console.log(`${answers.length} reports in ${minutes} minutes, ${wrong} not taken, p99 ${percentile(answers.map(({ ms }) => ms), 0.99).toFixed(1)} ms`)
console.log(`after ${(minutes * 0.4).toFixed(1)} minutes memory grows by ${(slope(warm.map(({ minute, rss }) => [minute, rss] as const)) * 10).toFixed(2)} MB in 10 minutes (limit 1)`)
console.log(`file descriptors ${Math.min(...warm.map(({ fds }) => fds))} to ${Math.max(...warm.map(({ fds }) => fds))}, log at most ${Math.max(...samples.map(({ wal }) => wal)).toFixed(1)} MiB (limit 64)`)

/** The slope of the line that fits best. */
function slope (points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  return points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
}
