import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { createReportIds, DeliveryError, limits, type Report } from '../../src/index.ts'
import { spooled, type SpoolEvent, type SpoolOptions } from '../../src/sinks/index.ts'
import { jsonBytes } from '../../src/limits.ts'
import { sampleReport, testSink } from '../../src/testing/index.ts'
import { createDestination, type Destination } from './destination.ts'
import { mortalFiles } from './failing-files.ts'
import { fakeClock, type FakeClock } from './fake-clock.ts'

const day = 86_400_000

function folder (t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'tatuscan-spool-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'spool')
}

const signal = AbortSignal.timeout(120_000)

interface Opened {
  readonly dir: string
  readonly destination: Destination
  readonly clock: FakeClock
  readonly events: SpoolEvent[]
  /** The events of one type. */
  told<Type extends SpoolEvent['type']> (type: Type): Extract<SpoolEvent, { type: Type }>[]
  write (...reports: Report[]): Promise<void>
  flush (): Promise<void>
  close (): Promise<void>
  report (changes?: Partial<Report>): Report
  /** The report_ids on disk. */
  kept (): string[]
}

type Options = Partial<SpoolOptions> & { readonly destination?: Destination, readonly clock?: FakeClock }

function open (t: ExecutionContext, { dir = folder(t), destination = createDestination(), clock = fakeClock(), ...options }: Options = {}): Opened {
  const events: SpoolEvent[] = []
  const sink = spooled(destination, { dir, clock, onEvent: (event) => events.push(event), ...options })
  if (options.files === undefined) t.teardown(async () => await sink.close()) // else the process will be killed, and never closes anything
  const nextId = createReportIds(undefined, clock.now)
  return {
    dir,
    destination,
    clock,
    events,
    told: <Type extends SpoolEvent['type']>(type: Type) => events.filter((event) => event.type === type) as Extract<SpoolEvent, { type: Type }>[],
    write: async (...reports) => await sink.write(reports, { signal }),
    flush: async () => await sink.flush({ signal }),
    close: async () => await sink.close(),
    report: (changes) => sampleReport({ report_id: nextId(), ...changes }),
    kept: () => readdirSync(dir).filter((name) => name.endsWith('.report')).map((name) => name.slice(0, -'.report'.length)).sort()
  }
}

/** Waits for something that is under way. */
async function until (met: () => boolean): Promise<void> {
  while (!met()) await sleep(2)
}

testSink(test, 'spool', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tatuscan-spool-'))
  const destination = createDestination()
  const sink = spooled(destination, { dir: join(root, 'spool'), clock: fakeClock() })
  return {
    sink,
    arrived: async () => {
      await sink.flush({ signal })
      return destination.accepted.map((id) => destination.reports.get(id)!)
    },
    // Both of its destinations: nothing can be kept, and nothing sent
    breakDestination: async () => {
      destination.mood = 'down'
      rmSync(root, { recursive: true })
      writeFileSync(root, 'no folder')
    },
    end: async () => rmSync(root, { recursive: true })
  }
})

test('a report is on disk before it is sent, and gone once it has arrived', async (t) => {
  const spool = open(t)
  const seen: string[][] = []
  const { write } = spool.destination
  spool.destination.write = async (...args) => {
    seen.push(spool.kept())
    await write(...args)
  }
  const report = spool.report()
  await spool.write(report)
  await spool.flush()
  t.deepEqual(seen, [[report.report_id]])
  t.deepEqual(spool.kept(), [])
  t.deepEqual(spool.destination.reports.get(report.report_id), report)
})

test('write waits for the disk alone: what can’t be delivered is kept, in order, and live reports join the end', async (t) => {
  const spool = open(t)
  spool.destination.mood = 'down'
  const reports = Array.from({ length: 20 }, () => spool.report())
  for (const report of reports) await spool.write(report)
  t.deepEqual(spool.kept(), reports.map(({ report_id }) => report_id))
  await until(() => spool.clock.sleeping === 1)
  spool.destination.mood = 'up'
  const live = spool.report()
  await spool.write(live)
  spool.clock.advance(600_000)
  await until(() => spool.destination.accepted.length === 21)
  t.deepEqual(spool.destination.accepted, [...reports, live].map(({ report_id }) => report_id))
})

test('what a former process left is delivered first', async (t) => {
  const before = open(t)
  before.destination.mood = 'down'
  const old = [before.report(), before.report()]
  await before.write(...old)
  await t.throwsAsync(before.flush(), { instanceOf: DeliveryError, message: /is away/ })
  await before.close()
  const after = open(t, { dir: before.dir })
  const report = sampleReport({ report_id: createReportIds(old[1]!.report_id)() })
  await after.write(report)
  await after.flush()
  t.deepEqual(after.destination.accepted, [...old, report].map(({ report_id }) => report_id))
})

test('the wait between attempts is uniform below 5 s, doubled each time up to 10 min, and starts anew after a success', async (t) => {
  for (const share of [0, 0.25, 0.999]) {
    const spool = open(t, { clock: fakeClock({ random: () => share }) })
    spool.destination.mood = 'down'
    await spool.write(spool.report())
    for (let attempt = 1; attempt <= 10; attempt++) {
      await until(() => spool.clock.waits.length === attempt)
      spool.clock.advance(spool.clock.waits.at(-1)!)
    }
    await until(() => spool.clock.waits.length === 11)
    const most = [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600].map((s) => s * 1000)
    t.deepEqual(spool.clock.waits, most.map((ms) => ms * share))
    spool.destination.mood = 'up'
    spool.clock.advance(600_000)
    await until(() => spool.destination.accepted.length === 1)
    spool.destination.mood = 'down'
    await spool.write(spool.report())
    await until(() => spool.clock.waits.length === 12)
    t.is(spool.clock.waits.at(-1), 5000 * share)
  }
})

test('no attempt comes sooner than the server asked for, and a fleet that was told the same doesn’t return together', async (t) => {
  const clock = fakeClock({ random: () => 0.5 })
  const spool = open(t, { clock })
  Object.assign(spool.destination, { mood: 'down', retryAfterMs: 90_000 })
  await spool.write(spool.report())
  await until(() => clock.waits.length === 1)
  t.is(clock.waits[0], 90_000 + 2500)
  spool.destination.mood = 'up'
  clock.advance(92_499)
  await spool.write(spool.report())
  await sleep(20)
  t.is(spool.destination.batches.length, 1)
  clock.advance(1)
  await until(() => spool.destination.accepted.length === 2)
})

test('no batch holds more than 500 reports, and only one is under way', async (t) => {
  const spool = open(t)
  let running = 0
  const { write } = spool.destination
  spool.destination.write = async (...args) => {
    t.is(++running, 1)
    await sleep(1)
    running--
    await write(...args)
  }
  spool.destination.mood = 'down'
  const reports = Array.from({ length: 1300 }, () => spool.report({ schemas: {} }))
  await spool.write(...reports)
  await until(() => spool.clock.sleeping === 1)
  spool.destination.mood = 'up'
  spool.clock.advance(10_000)
  await until(() => spool.destination.accepted.length === 1300)
  t.deepEqual(spool.destination.accepted, reports.map(({ report_id }) => report_id))
  t.deepEqual(spool.destination.batches, [500, 250, 500, 500, 50])
})

test('what is refused for good goes to rejected/, and holds up nothing', async (t) => {
  const spool = open(t)
  const reports = Array.from({ length: 5 }, () => spool.report())
  spool.destination.refuses = ({ report_id }) => report_id === reports[2]!.report_id
  await spool.write(...reports)
  const error = await t.throwsAsync(spool.flush(), { instanceOf: DeliveryError, message: 'it is odd' }) as DeliveryError
  t.false(error.retryable)
  t.deepEqual([...error.refused.keys()], [reports[2]!.report_id])
  t.deepEqual(spool.destination.accepted, reports.filter((_, index) => index !== 2).map(({ report_id }) => report_id))
  t.deepEqual(readdirSync(join(spool.dir, 'rejected')), [`${reports[2]!.report_id}.report`])
  t.like(spool.told('refused'), [{ reportId: reports[2]!.report_id, why: 'it is odd' }])
  t.deepEqual(spool.clock.waits, [])
})

test('a batch that is refused as a whole is halved, down to the one that is at fault', async (t) => {
  const spool = open(t)
  const reports = Array.from({ length: 8 }, () => spool.report())
  const { write } = spool.destination
  const odd = reports[5]!.report_id
  spool.destination.write = async (batch, context) => {
    if (batch.length > 3 || batch.some(({ report_id }) => report_id === odd)) throw new DeliveryError('too large', { retryable: false })
    await write(batch, context)
  }
  await spool.write(...reports)
  await t.throwsAsync(spool.flush(), { instanceOf: DeliveryError, message: 'too large' })
  t.deepEqual(spool.destination.accepted, reports.map(({ report_id }) => report_id).filter((id) => id !== odd))
  t.deepEqual(readdirSync(join(spool.dir, 'rejected')), [`${odd}.report`])
})

test('rejected/ and bad/ stay small', async (t) => {
  const spool = open(t)
  spool.destination.refuses = () => true
  await mkdir(spool.dir, { recursive: true })
  for (let index = 0; index < 150; index++) writeFileSync(join(spool.dir, `note-${index}.txt`), 'x')
  writeFileSync(join(spool.dir, 'huge'), Buffer.alloc(20 * 1024 * 1024))
  await spool.write(...Array.from({ length: 150 }, () => spool.report()))
  await t.throwsAsync(spool.flush(), { instanceOf: DeliveryError })
  t.is(readdirSync(join(spool.dir, 'rejected')).length, 100)
  t.true(readdirSync(join(spool.dir, 'bad')).length <= 100)
  t.false(existsSync(join(spool.dir, 'bad', 'huge')))
  t.deepEqual(readdirSync(spool.dir).sort(), ['bad', 'rejected'])
})

for (const [what, options, more, left] of [
  ['count', { maxReports: 10 }, {}, 10],
  ['room', { maxBytes: 52_000 }, { facts: { a: { text: 'x'.repeat(9400) } } }, 5]
] as const) {
  test(`beyond its ${what} the oldest reports are dropped, and the next report tells how many`, async (t) => {
    const spool = open(t, options)
    spool.destination.mood = 'down'
    const reports = Array.from({ length: 25 }, () => spool.report({ schemas: {}, ...more }))
    for (const report of reports) {
      await spool.write(report)
      await until(() => spool.clock.sleeping === 1)
    }
    t.deepEqual(spool.kept(), reports.slice(-left).map(({ report_id }) => report_id))
    await spool.close()

    const again = open(t, { dir: spool.dir, ...options })
    const live = again.report({ report_id: createReportIds(reports.at(-1)!.report_id)(), schemas: {} })
    await again.write(live)
    await again.flush()
    const [row, ...others] = again.destination.reports.get(live.report_id)!.failures
    t.like(row, { collector: 'spool', code: 'TATUSCAN_SPOOL_DROPPED', ms: 0 })
    t.regex(row!.message, new RegExp(`^${25 - left} reports were dropped since 20`))
    t.deepEqual(others, [])
  })
}

test('what was dropped is counted over restarts, and told until it has arrived, then no more', async (t) => {
  const clock = fakeClock()
  let spool = open(t, { maxReports: 3, clock })
  const { dir, destination, report } = spool
  destination.mood = 'down'
  for (let start = 0; start < 4; start++) {
    for (let index = 0; index < 5; index++) await spool.write(report())
    await spool.close()
    spool = open(t, { dir, destination, clock, maxReports: 3 })
  }
  destination.mood = 'up'
  await spool.write(report())
  await spool.flush()
  t.is(destination.accepted.length, 3)
  await spool.write(report())
  await spool.flush()
  await spool.write(report())
  await spool.flush()
  await spool.write(report())
  await spool.flush()
  t.deepEqual(destination.reports.get(destination.accepted.at(-1)!)!.failures, [])
  const told = [...destination.reports.values()].flatMap(({ failures }) => failures.map(({ message }) => Number.parseInt(message)))
  t.is(Math.max(...told), 21 - 3, 'as many as were made and did not arrive')
})

test('reports that are too old are dropped; a clock that jumps makes none of this process too old', async (t) => {
  const clock = fakeClock()
  const spool = open(t, { maxAgeMs: 7 * day, clock })
  spool.destination.mood = 'down'
  const reports = [spool.report(), spool.report()]
  await spool.write(...reports)
  await until(() => clock.sleeping === 1)
  clock.jump(365 * day)
  clock.advance(6 * day)
  await until(() => clock.sleeping === 1)
  t.is(spool.kept().length, 2)
  clock.advance(1.1 * day)
  await until(() => spool.told('dropped').length === 1)
  t.deepEqual(spool.kept(), [])
  t.like(spool.told('dropped'), [{ reports: 2, total: 2 }])
})

test('the row about what was dropped makes no report larger than its limit', async (t) => {
  const spool = open(t, { maxReports: 1 })
  spool.destination.mood = 'down'
  const empty = jsonBytes({ ...spool.report({ facts: { a: { text: '' }, b: { text: '' } } }), schemas: {} })
  const full = { facts: { a: { text: 'x'.repeat(32_000) }, b: { text: 'x'.repeat(limits.reportBytes - empty - 32_050) } } }
  for (let index = 0; index < 3; index++) await spool.write(spool.report(full))
  const last = spool.report({ facts: {} })
  await spool.write(last)
  await until(() => spool.clock.sleeping === 1)
  spool.destination.mood = 'up'
  spool.clock.advance(600_000)
  await until(() => spool.destination.accepted.length === 1)
  for (const report of spool.destination.reports.values()) t.true(jsonBytes({ ...report, schemas: {} }) <= limits.reportBytes)
  t.regex(spool.destination.reports.get(last.report_id)!.failures[0]!.message, /^2 reports/)
})

test('a schema is stored with the first report and when it changes, and again after the one that held it was dropped', async (t) => {
  const spool = open(t, { maxReports: 2 })
  spool.destination.mood = 'down'
  const changed = { sample: { type: 'object', title: 'Changed' } }
  const stored = (): (string | undefined)[] => spool.kept().map((id) => JSON.parse(readFileSync(join(spool.dir, `${id}.report`), 'utf8').split('\n')[1]!).schemas.sample?.title)
  await spool.write(spool.report(), spool.report())
  await until(() => spool.clock.sleeping === 1)
  t.deepEqual(stored(), ['Sample', undefined])
  await spool.write(spool.report({ schemas: changed }))
  t.deepEqual(stored(), [undefined, 'Changed'])
  await spool.write(spool.report({ schemas: changed }))
  t.deepEqual(stored(), ['Changed', 'Changed'])
})

test('two processes that share a folder deliver everything, in order, each report once', async (t) => {
  const daemon = open(t)
  daemon.destination.mood = 'down'
  const reports = Array.from({ length: 30 }, () => daemon.report())
  await daemon.write(...reports.slice(0, 15))
  await until(() => daemon.clock.sleeping === 1)
  daemon.destination.mood = 'up'
  const other = open(t, { dir: daemon.dir, destination: daemon.destination })
  await Promise.all([other.write(...reports.slice(15, 20)), daemon.write(...reports.slice(20))])
  daemon.clock.advance(5000)
  await Promise.all([other.flush(), until(() => daemon.destination.accepted.length === 30)])
  t.deepEqual([...daemon.destination.accepted].sort(), reports.map(({ report_id }) => report_id))
  t.deepEqual(daemon.destination.accepted.slice(0, 15), reports.slice(0, 15).map(({ report_id }) => report_id))
  t.deepEqual(daemon.kept(), [])
})

test('an outage is told once when it begins, attempt by attempt, and once when it ends', async (t) => {
  const spool = open(t)
  spool.destination.mood = 'down'
  await spool.write(spool.report())
  await until(() => spool.clock.sleeping === 1)
  spool.clock.advance(5000)
  await until(() => spool.clock.waits.length === 2)
  spool.destination.mood = 'up'
  spool.clock.advance(10_000)
  await until(() => spool.destination.accepted.length === 1 && spool.told('delivered').length === 1)
  t.deepEqual(spool.told('waiting').map(({ first, reports }) => [first, reports]), [[true, 1], [false, 1]])
  t.like(spool.told('delivered'), [{ reports: 1, left: 0, again: true }])
})

test('closing ends it at once, while it waits and while it sends, and keeps what has not arrived', async (t) => {
  const waiting = open(t)
  waiting.destination.mood = 'down'
  await waiting.write(waiting.report())
  await until(() => waiting.clock.sleeping === 1)
  await waiting.close()
  t.is(waiting.kept().length, 1)
  const sending = open(t)
  sending.destination.write = async (_, { signal }) => await new Promise((resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  await sending.write(sending.report())
  await sending.close()
  t.is(sending.kept().length, 1)
})

test('limits that are none are refused', (t) => {
  for (const wrong of [{ maxReports: 0 }, { maxAgeMs: Number.NaN }, { maxBytes: -1 }]) {
    t.throws(() => spooled(createDestination(), { dir: '/nowhere', ...wrong }), { code: 'TATUSCAN_INVALID_OPTION' })
  }
})

test('what a killed process left half written is swept after ten minutes, however the wall clock jumps; what is being written is not', async (t) => {
  const spool = open(t)
  await mkdir(spool.dir, { recursive: true })
  const name = `.${spool.report().report_id}.report.1234.tmp`
  writeFileSync(join(spool.dir, name), 'half')
  await spool.flush()
  spool.clock.jump(365 * day)
  await spool.flush()
  t.deepEqual(readdirSync(spool.dir), [name])
  spool.clock.advance(10 * 60_000)
  await spool.flush()
  t.deepEqual(readdirSync(spool.dir), [])
})

test('wherever a process is killed while it drops a report, that report is either there still or counted, once', async (t) => {
  let steps = 0
  for (let finished = false; !finished; steps++) {
    const dir = folder(t)
    const process = mortalFiles({ trouble: undefined })
    const before = open(t, { dir, maxReports: 2, files: process.files })
    before.destination.mood = 'down'
    const reports = Array.from({ length: 3 }, () => before.report({ schemas: {} }))
    await before.write(...reports.slice(0, 2))
    await until(() => before.clock.sleeping === 1)
    process.dieAfter = steps
    const last = before.write(reports[2]!).then(() => true)
    const state = { settled: false }
    const killed = (async () => {
      while (!process.dead && !state.settled) await sleep(1)
      return false
    })()
    finished = await Promise.race([last, killed])
    state.settled = true
    process.dieAfter = -1

    const after = open(t, { dir, maxReports: 10 })
    await after.write(after.report())
    await after.flush()
    const { accepted, reports: arrived } = after.destination
    const told = [...arrived.values()].flatMap(({ failures }) => failures).map(({ message }) => Number.parseInt(message))
    const there = reports.slice(0, 2).filter(({ report_id }) => accepted.includes(report_id)).length
    t.is(there + (told.at(-1) ?? 0), 2, `killed after ${steps} steps`)
  }
  t.true(steps > 8, `${steps} steps`)
})

test('a report that is under way is not dropped, since it may just be arriving', async (t) => {
  const spool = open(t, { maxReports: 2 })
  const { promise, resolve } = Promise.withResolvers<void>()
  const { write } = spool.destination
  let underWay = 0
  spool.destination.write = async (...args) => {
    underWay++
    await promise
    await write(...args)
  }
  const reports = Array.from({ length: 3 }, () => spool.report())
  await spool.write(reports[0]!)
  await until(() => underWay === 1)
  await spool.write(reports[1]!)
  await spool.write(reports[2]!)
  resolve()
  await spool.flush()
  t.deepEqual(spool.destination.accepted, reports.map(({ report_id }) => report_id))
  t.deepEqual(spool.told('dropped'), [])
})
