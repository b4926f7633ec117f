import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { createReportIds, type Report } from '../../src/index.ts'
import { spooled, type Spooled } from '../../src/sinks/index.ts'
import { sampleReport } from '../../src/testing/index.ts'
import { createDestination, type Mood } from './destination.ts'
import { mortalFiles, type FailingDisk, type MortalFiles, type Trouble } from './failing-files.ts'
import { fakeClock } from './fake-clock.ts'

/** `npm run test:long` asks for more. */
const sequences = Number(process.env.TATUSCAN_TEST_SPOOL_SEQUENCES ?? 150)
const maxReports = 8
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tatuscan-model-'))
test.after.always(() => rmSync(root, { recursive: true }))

/** What is known of the reports that were made, by report_id. */
interface Model {
  /** `write` resolved: on disk, or arrived. */
  readonly kept: Set<string>
  /** May be refused by the server. */
  readonly odd: Set<string>
}

/** A spool, and what it lives on. */
function createReal () {
  const clock = fakeClock()
  const real = {
    dir: join(mkdtempSync(join(root, 'run-')), 'spool'),
    destination: createDestination(),
    disk: { trouble: undefined } as FailingDisk,
    clock,
    nextId: createReportIds(undefined, clock.now),
    process: undefined as unknown as MortalFiles,
    sink: undefined as unknown as Spooled,
    start () {
      const process = mortalFiles(real.disk)
      real.process = process
      const inner = { ...real.destination, write: async (...args: Parameters<Spooled['write']>) => process.dead ? await new Promise<void>(() => {}) : await real.destination.write(...args) }
      real.sink = spooled(inner, { dir: real.dir, clock, files: process.files, maxReports })
    },
    /** Lets what is under way go on until it waits for something that isn't the disk. */
    async settle () {
      for (let quiet = 0; quiet < 3 && !real.process.dead; quiet++) await turn()
    }
  }
  real.start()
  return real
}

type Real = ReturnType<typeof createReal>
type SpoolCommand = fc.AsyncCommand<Model, Real>

const signal = new AbortController().signal

/** A command that anything may come before. */
function command (name: string, run: (model: Model, real: Real) => Promise<void>): SpoolCommand {
  return { check: () => true, run, toString: () => name }
}

/** Gives up on a write or flush of a process that is killed meanwhile: it never settles. */
async function whileAlive (real: Real, work: Promise<void>): Promise<'done' | 'failed' | 'killed'> {
  const state = { settled: false }
  const killed = (async () => {
    while (!real.process.dead && !state.settled) await turn()
    return 'killed' as const
  })()
  const outcome = work.then(() => 'done' as const, () => 'failed' as const).finally(() => { state.settled = true })
  return await Promise.race([outcome, killed])
}

const write = (reports: number, odd: boolean): SpoolCommand => command(`write ${reports}${odd ? ', one of them odd' : ''}`, async (model, real) => {
  const batch = Array.from({ length: reports }, () => sampleReport({ hostname: 'modelled', report_id: real.nextId() }))
  if (odd) {
    model.odd.add(batch[0]!.report_id)
    const { refuses } = real.destination
    real.destination.refuses = (report) => refuses(report) || report.report_id === batch[0]!.report_id
  }
  real.clock.advance(1) // so that each drop has a time of its own
  if (await whileAlive(real, real.sink.write(batch, { signal })) === 'done') for (const { report_id } of batch) model.kept.add(report_id)
})

const mood = (mood: Mood): SpoolCommand => command(`the server is ${mood}`, async (_, real) => { real.destination.mood = mood })
const trouble = (trouble: Trouble | undefined): SpoolCommand => command(`the disk: ${trouble ?? 'works'}`, async (_, real) => { real.disk.trouble = trouble })
const wait = (minutes: number): SpoolCommand => command(`${minutes} min pass`, async (_, real) => {
  real.clock.advance(minutes * 60_000)
  await real.settle()
})
const jump = (days: number): SpoolCommand => command(`the wall clock jumps by ${days} days`, async (_, real) => real.clock.jump(days * 86_400_000))
const restart = (): SpoolCommand => command('restart', async (_, real) => {
  await whileAlive(real, real.sink.close())
  real.start()
})
const kill = (steps: number): SpoolCommand => command(`kill after ${steps} changes`, async (_, real) => {
  if (real.process.dieAfter === Infinity) real.process.dieAfter = steps
})
const another = (): SpoolCommand => command('a second process delivers what there is', async (_, real) => {
  const other = spooled(real.destination, { dir: real.dir, clock: real.clock, files: mortalFiles(real.disk).files, maxReports })
  await other.flush({ signal }).catch(() => {})
  await other.close()
})

/** A process that was killed is started again, as its supervisor does, before the next command. */
function supervised (inner: SpoolCommand): SpoolCommand {
  return {
    ...inner,
    toString: inner.toString,
    async run (model, real) {
      if (real.process.dead) real.start()
      await inner.run(model, real)
    }
  }
}

const commands = fc.commands([
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()).map(([reports, odd]) => write(reports, odd && reports > 1)),
  fc.integer({ min: 1, max: 3 }).map((reports) => write(reports, false)),
  fc.constantFrom<Mood>('up', 'down', 'deaf').map(mood),
  fc.constantFrom(undefined, 'ENOSPC' as const, 'EROFS' as const).map(trouble),
  fc.constantFrom(0, 1, 10, 60).map(wait),
  fc.constantFrom(-5, 1, 20).map(jump),
  fc.constant(restart()),
  fc.nat({ max: 25 }).map(kill),
  fc.constant(another())
].map((arbitrary) => arbitrary.map(supervised)), { maxCommands: 40 })

/** How many reports were dropped, by what the others tell: each count is of all since one moment. */
function toldAsDropped (reports: readonly Report[]): number {
  const bySince = new Map<string, number>()
  for (const { message } of reports.flatMap(({ failures }) => failures)) {
    const [, count, since] = /^(\d+) .* since (\S+),/.exec(message)!
    bySince.set(since!, Math.max(Number(count), bySince.get(since!) ?? 0))
  }
  return [...bySince.values()].reduce((sum, count) => sum + count, 0)
}

/** Everything works again and time passes: then the spool must be empty, and every report accounted for. */
async function checkEnd (model: Model, real: Real): Promise<void> {
  const { destination, disk, clock, dir } = real
  destination.mood = 'up'
  disk.trouble = undefined
  if (real.process.dieAfter !== Infinity) {
    real.process.dieAfter = -1
    real.start()
  }
  const last = sampleReport({ hostname: 'modelled', report_id: real.nextId() })
  await real.sink.write([last], { signal })
  for (let rounds = 0; rounds < 5000 && !destination.reports.has(last.report_id); rounds++) {
    clock.advance(600_000)
    await real.sink.flush({ signal }).catch(() => {})
    await turn()
  }
  await real.sink.flush({ signal }).catch(() => {})
  await real.sink.close()
  // The next start takes what this one had to leave alone on a read-only disk, and tells what was dropped
  const after = spooled(destination, { dir, clock, maxReports })
  for (let times = 0; times < 2; times++) {
    await after.flush({ signal }).catch(() => {})
    await after.write([sampleReport({ hostname: 'modelled', report_id: real.nextId() })], { signal })
  }
  await after.flush({ signal }).catch(() => {})
  await after.close()

  const left = readdirSync(dir).filter((name) => name.endsWith('.report'))
  if (left.length > 0) throw new Error(`${left.length} reports stay in the spool`)
  if (readdirSync(dir).includes('bad')) throw new Error('something was half written')
  const twice = destination.accepted.length - new Set(destination.accepted).size
  if (twice > 0) throw new Error(`${twice} were accepted twice`)
  const told = toldAsDropped([...destination.reports.values()])
  const missing = [...model.kept].filter((id) => !destination.reports.has(id) && !model.odd.has(id))
  if (missing.length > told) throw new Error(`${missing.length} that were kept are missing; ${told} are told as dropped`)
  const kept = destination.accepted.filter((id) => model.kept.has(id))
  if (kept.join() !== [...kept].sort().join()) throw new Error('those that were kept did not arrive in order')
}

test('whatever happens to server, disk, clock and process, what was kept arrives once and in order, or is told as dropped', async (t) => {
  t.timeout(3_600_000)
  await fc.assert(fc.asyncProperty(commands, async (list) => {
    let real: Real | undefined
    const model: Model = { kept: new Set(), odd: new Set() }
    await fc.asyncModelRun(() => {
      real = createReal()
      return { model, real }
    }, list)
    await checkEnd(model, real!)
    rmSync(join(real!.dir, '..'), { recursive: true })
  }), { numRuns: sequences, includeErrorInReport: true })
  t.pass()
})
