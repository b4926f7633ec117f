/**
 * `npm run agent:cost`: what an agent costs its machine, as it is released: the packages are built, packed and installed
 * without what serves, and the daemon reports with all built-in collectors, through its spool, over HTTP. Prints four
 * figures beside their limits, medians of several rounds; ends with 1 where one is over. On Linux, a quiet machine and
 * some four minutes.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compareStartUp, median } from '../bench/start-up.ts'
import { installAgent } from './release/agent.ts'
import { buildPackages } from './release/build.ts'
import { packPackages } from './release/pack.ts'

const rounds = 5
const warmUp = 10
const cycles = 20

const work = mkdtempSync(join(tmpdir(), 'tatuscan-cost-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))
const { cli, bytes, unwanted } = installAgent(packPackages(buildPackages()), join(work, 'agent'))

console.log(`The agent as released, on Node ${process.versions.node}, median of ${rounds} rounds`)
const megabytes = bytes / 1e6
tell(`installed beside Node: ${megabytes.toFixed(1)} MB, packages of servers and databases in it: ${unwanted.join(', ') || 'none'}`, megabytes, 40)
if (unwanted.length > 0) process.exitCode = 1

const { collectMs, bareMs } = compareStartUp(cli)
tell(`start-up, collect --json less its window: ${collectMs.toFixed(0)} ms, node -e 0: ${bareMs.toFixed(0)} ms, ratio ${(collectMs / bareMs).toFixed(2)}`, collectMs / bareMs, 3)

const measured: Awaited<ReturnType<typeof measureDaemon>>[] = []
for (let round = 0; round < rounds; round++) measured.push(await measureDaemon())
const daemon = median(measured.map(({ residentKb }) => residentKb))
const bare = median(measured.map(({ bareKb }) => bareKb))
tell(`resident memory, daemon: ${(daemon / 1024).toFixed(0)} MiB, bare Node: ${(bare / 1024).toFixed(0)} MiB, ratio ${(daemon / bare).toFixed(2)}`, daemon / bare, 2)
const cpuMs = median(measured.map(({ cpuMs }) => cpuMs))
tell(`processor per cycle: ${cpuMs.toFixed(1)} ms (rounds: ${measured.map(({ cpuMs }) => cpuMs.toFixed(1)).join(', ')})`, cpuMs, 5)

function tell (what: string, figure: number, limit: number): void {
  console.log(`  ${what}; at most ${limit}${figure > limit ? ', which it is OVER' : ''}`)
  if (figure > limit) process.exitCode = 1
}

/** One daemon for some cycles, a second from one to the next, beside a Node that does nothing. */
async function measureDaemon () {
  const counted = { delivered: 0 }
  // Connections end between cycles, as they do where a minute is between them
  const server = createServer({ keepAliveTimeout: 200 }, (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => {
      counted.delivered++
      const { report_id } = JSON.parse(body) as { report_id: string }
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ message: 'ok', newest_report_id: report_id }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { PATH, HOME = '/tmp' } = process.env
  const env = { PATH, HOME, TATUSCAN_LOG_LEVEL: 'error', TATUSCAN_STATE_DIR: mkdtempSync(join(work, 'state-')) }
  const daemon = spawn(process.execPath, [cli, 'daemon', '--interval', '1s', '--url', `http://127.0.0.1:${port}`], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const bare = spawn(process.execPath, ['-e', 'setInterval(()=>{},1e6)'], { env: { PATH, HOME }, stdio: 'ignore' })
  const until = async (wanted: number): Promise<void> => {
    for (const end = Date.now() + 120_000; counted.delivered < wanted;) {
      if (daemon.exitCode !== null || Date.now() > end) throw new Error(`the daemon has delivered ${counted.delivered} reports, and ended with ${daemon.exitCode}`)
      await sleep(20)
    }
    await sleep(300) // the end of the cycle
  }
  try {
    await until(warmUp)
    const [before, first] = [processorMs(daemon), counted.delivered]
    await until(warmUp + cycles)
    return { cpuMs: (processorMs(daemon) - before) / (counted.delivered - first), residentKb: residentKb(daemon), bareKb: residentKb(bare) }
  } finally {
    for (const child of [daemon, bare]) {
      child.kill()
      await once(child, 'close')
    }
    server.close()
  }
}

/** What all threads of a process have run for, in milliseconds. */
function processorMs ({ pid }: ChildProcess): number {
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks).reduce((sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6, 0)
}

function residentKb ({ pid }: ChildProcess): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}
