import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import Fastify from 'fastify'
import { createReportIds, type Report } from '@tatuscan/core'
import { httpSink, spooled, type Clock, type SpoolEvent, type Spooled } from '@tatuscan/core/sinks'
import { sampleReport } from '@tatuscan/core/testing'
import { ingest } from '@tatuscan/server-ingest'
import { storage } from '@tatuscan/server-storage'
import { freePort } from '../../deploy/test/processes.ts'
import { start, type Running } from './run.ts'

/** `npm run test:long` asks for 10,000. */
const returning = Number(process.env.TATUSCAN_TEST_FLEET ?? 300)

const signal = new AbortController().signal

function temporary (t: ExecutionContext, root = tmpdir()): string {
  const folder = mkdtempSync(join(root, 'tatuscan-fleet-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A thousand spools on a disk would measure the disk; that each is synced is tested elsewhere. */
const inMemory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A clock that is moved by hand, for a whole fleet. */
function handClock () {
  let now = Date.now()
  const began = now
  const timers = new Set<{ readonly due: number, readonly end: () => void }>()
  const clock: Clock = {
    now: () => now,
    uptime: () => now - began,
    random: Math.random,
    async sleep (ms, signal) {
      signal.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const timer = { due: now + ms, end: () => { timers.delete(timer); resolve() } }
        timers.add(timer)
        signal.addEventListener('abort', () => { timers.delete(timer); reject(signal.reason) }, { once: true })
      })
    }
  }
  return {
    clock,
    advance (ms: number) {
      now += ms
      for (const timer of timers) if (timer.due <= now) timer.end()
    }
  }
}

test.serial('200 agents whose server was away for an hour deliver all 12,000 reports, in order, each once, while live ones keep flowing', async (t) => {
  t.timeout(600_000)
  const [agents, minutes] = [200, 60]
  const folder = temporary(t, inMemory)
  const port = await freePort()
  const { clock, advance } = handClock()
  const fleet = Array.from({ length: agents }, (_, index) => {
    const hostname = `fleet-${index}`
    const sink = spooled(httpSink({ url: `http://127.0.0.1:${port}`, environment: {} }), { dir: join(folder, hostname), clock })
    const nextId = createReportIds(undefined, clock.now)
    const made: string[] = []
    return {
      machineId: sampleReport({ hostname }).machine_id,
      made,
      sink,
      async report () {
        const report = sampleReport({ hostname, report_id: nextId() })
        made.push(report.report_id)
        await sink.write([report], { signal })
      }
    }
  })
  const allReport = async () => await Promise.all(fleet.map(async ({ report }) => await report()))
  for (let minute = 0; minute < minutes; minute++) {
    await allReport()
    advance(60_000)
    await sleep(5)
  }
  const away = fleet.flatMap(({ made }) => made)
  t.is(away.length, agents * minutes)

  // What the store itself says about each report: whether it was taken in, or known already
  const app = Fastify({ forceCloseConnections: true })
  t.teardown(async () => await app.close())
  await app.register(storage, { url: `sqlite:${join(temporary(t), 'fleet.db')}` })
  const accepted = new Map<string, string[]>()
  const verdicts: Record<string, number> = {}
  const { save } = app.machines
  app.machines.save = async (report) => {
    const saved = await save(report)
    verdicts[saved.outcome] = (verdicts[saved.outcome] ?? 0) + 1
    if (saved.outcome === 'created' || saved.outcome === 'updated') accepted.set(report.machine_id, [...accepted.get(report.machine_id) ?? [], report.report_id!])
    return saved
  }
  await app.register(ingest)
  const began = performance.now()
  await app.listen({ port, host: '127.0.0.1' })

  const waiting = new Set(away)
  const done = () => {
    for (const ids of accepted.values()) for (const id of ids) waiting.delete(id)
    return waiting.size === 0
  }
  let live = 0
  while (!done()) {
    advance(60_000)
    await allReport()
    live++
    await sleep(300)
  }
  const seconds = (performance.now() - began) / 1000
  await Promise.all(fleet.map(async ({ sink }) => {
    await sink.flush({ signal })
    await sink.close()
  }))

  t.is(accepted.size, agents)
  for (const { made, machineId } of fleet) {
    // As numbers, since a difference would fill pages: 0, 1, 2, … where each arrived once, in order
    t.deepEqual(accepted.get(machineId)!.map((id) => made.indexOf(id)), made.map((_, index) => index))
  }
  t.deepEqual(Object.keys(verdicts).sort(), ['created', 'updated'])
  t.true(seconds < 60, `${seconds} s`)
  t.log(`12,000 reports drained in ${seconds.toFixed(1)} s, with ${live * agents} live ones; ${live} min by the fleet's clock`)
})

async function serve (t: ExecutionContext, folder: string, port: number): Promise<Running> {
  const server = start(['serve', '--port', String(port)], { TATUSCAN_DB_DIR: folder, TATUSCAN_LOG_LEVEL: 'warn' })
  t.teardown(() => server.child.kill('SIGKILL'))
  while (await fetch(`http://127.0.0.1:${port}/api/health`).then(({ ok }) => ok, () => false) === false) {
    if (server.child.exitCode !== null) throw new Error(server.stderr())
    await sleep(50)
  }
  return server
}

/** The most memory that a process ever had, in MB of 10⁶ bytes. */
function mostMemory ({ child }: Running): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024 / 1e6
}

test.serial('a fleet that returns at once after a restart of its server has delivered everything within 120 s; the server stays below 300 MB', async (t) => {
  t.timeout(900_000)
  const [folder, spools] = [temporary(t), temporary(t, inMemory)]
  const port = await freePort()
  const before = await serve(t, folder, port)
  const counted = { delivered: 0 }
  const onEvent = (event: SpoolEvent): void => { if (event.type === 'delivered') counted.delivered += event.reports }
  const nextId = createReportIds()
  // By the fleet's own clock all waits end in one moment, however long this machine takes to make the fleet
  const { clock, advance } = handClock()
  const fleet = Array.from({ length: returning }, (_, index): { sink: Spooled, report: () => Report } => {
    const hostname = `returning-${index}`
    const sink = spooled(httpSink({ url: `http://127.0.0.1:${port}`, environment: {}, timeoutMs: 60_000 }), { dir: join(spools, hostname), onEvent, clock })
    return { sink, report: () => sampleReport({ hostname, report_id: nextId() }) }
  })
  t.teardown(async () => await Promise.all(fleet.map(async ({ sink }) => await sink.close())))
  before.child.kill('SIGKILL')
  await before.finished
  for (let times = 0; times < 3; times++) {
    // In turns, since one process, as no agent is, may not hold all files and all connections open at once
    for (let first = 0; first < fleet.length; first += 500) {
      await Promise.all(fleet.slice(first, first + 500).map(async ({ sink, report }) => await sink.write([report()], { signal })))
    }
  }
  t.is(counted.delivered, 0)

  const after = await serve(t, folder, port)
  const began = performance.now()
  advance(600_000)
  for (let last = began; counted.delivered < 3 * returning && performance.now() - began < 240_000;) {
    await sleep(50)
    const now = performance.now()
    advance(now - last)
    last = now
  }
  const seconds = (performance.now() - began) / 1000
  const memory = mostMemory(after)
  t.is(counted.delivered, 3 * returning)
  const { count } = await (await fetch(`http://127.0.0.1:${port}/api/machines?limit=1`)).json() as { count: number }
  t.is(count, returning)
  t.deepEqual(readdirSync(spools).filter((name) => readdirSync(join(spools, name)).length > 0), [])
  t.log(`${returning} agents, ${3 * returning} reports in ${seconds.toFixed(1)} s; server at most ${memory.toFixed(0)} MB`)
  t.true(seconds < 120, `${seconds} s`)
  t.true(memory < 300, `${memory} MB`)
})
