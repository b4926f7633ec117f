import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { runAgent, type Collector, type Identity, type Report, type RunAgentOptions } from '../src/index.ts'
import { createSchedule } from '../src/schedule.ts'
import { fakeClock } from './fake-clock.ts'

const minute = 60_000
const day = 86_400_000
const sample: Collector = { name: 'sample', schema: { type: 'object' }, collect: async () => ({ answer: 42 }) }
/** A quarter of the way into the interval: so the second report comes after 0.75 intervals. */
const identity: Identity & { pending?: string } = { machine_id: '40000000'.padEnd(64, '0'), basis: 'random', evidence: [] }

/** An agent on a clock that the test moves, and what it reported when. */
function agent (t: ExecutionContext, options: Partial<RunAgentOptions> = {}) {
  const clock = fakeClock()
  const began = clock.now()
  const controller = new AbortController()
  const made: { at: number, report: Report }[] = []
  const errors: unknown[] = []
  const ended = runAgent({
    collectors: [sample],
    sinks: [],
    clock,
    signal: controller.signal,
    identify: () => identity,
    onReport: (report) => made.push({ at: clock.now() - began, report }),
    onError: (error) => errors.push(error),
    ...options
  })
  ended.catch(() => {}) // whoever expects it looks
  t.teardown(() => controller.abort())
  return { clock, made, errors, ended, stop: () => controller.abort(), minutes: () => made.map(({ at }) => at / minute) }
}

test('the first report comes at once, the next in the machine’s slot, the others every interval', async (t) => {
  const { clock, minutes } = agent(t)
  await clock.pass(4.75 * minute)
  t.deepEqual(minutes(), [0, 0.75, 1.75, 2.75, 3.75, 4.75])
})

test('a fleet that starts at once spreads evenly over the interval, half an interval after the start at the earliest', (t) => {
  const tenths = Array.from({ length: 10 }, () => 0)
  for (let machine = 0; machine < 10_000; machine++) {
    const due = createSchedule(0, minute, (Math.imul(machine, 2_654_435_761) >>> 0).toString(16).padStart(8, '0'))(0)
    t.true(due >= 0.5 * minute && due < 1.5 * minute)
    tenths[Math.floor((due / minute - 0.5) * 10)]!++
  }
  for (const share of tenths) t.true(share > 900 && share < 1100, `${tenths.join()}`)
})

test('whatever the delays, what is due lies ahead, one interval after the other, in the same slot', (t) => {
  const hex = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((number) => number.toString(16).padStart(8, '0'))
  fc.assert(fc.property(hex, fc.integer({ min: 1, max: day }), fc.array(fc.integer({ min: 0, max: 10 * day }), { minLength: 1, maxLength: 30 }), (id, interval, delays) => {
    const next = createSchedule(0, interval, id)
    let now = 0
    let before: number | undefined
    for (const delay of delays) {
      now += delay
      const due = next(now)
      if (due < now || (before !== undefined && due < before + interval * 0.999)) return false
      if (due > Math.max(now, before ?? now + interval / 2) + interval * 1.001) return false
      const intervals = before === undefined ? 0 : (due - before) / interval
      if (Math.abs(intervals - Math.round(intervals)) > 1e-3) return false
      before = due
      now = Math.max(now, due - 0.5) // a timer that fires a little early must not fire twice
    }
    return true
  }))
  t.pass()
})

test('a cycle that overruns skips what it missed, and never overlaps', async (t) => {
  let running = 0
  let most = 0
  let takes = 0
  const slow: Collector = {
    ...sample,
    async collect ({ signal }) {
      most = Math.max(most, ++running)
      await null // until there is a clock
      if (takes > 0) await harness.clock.sleep(takes, signal)
      running--
      return {}
    }
  }
  const harness = agent(t, { collectors: [slow], timeoutMs: 10 * minute })
  await harness.clock.pass(minute)
  t.deepEqual(harness.minutes(), [0, 0.75])
  takes = 2.5 * minute
  await harness.clock.pass(6 * minute) // starts at 1.75 and 4.75
  takes = 0
  await harness.clock.pass(2 * minute)
  t.deepEqual(harness.minutes(), [0, 0.75, 4.25, 7.25, 7.75, 8.75])
  t.is(most, 1)
})

test('after a night’s sleep there is exactly one report, and then the slot again', async (t) => {
  const { clock, minutes, errors } = agent(t)
  await clock.pass(2 * minute)
  await clock.suspend(8 * 60 * minute)
  t.deepEqual(minutes(), [0, 0.75, 1.75, 482])
  await clock.pass(minute)
  t.deepEqual(minutes().slice(4), [482.75])
  t.deepEqual(errors, [])
})

test('the wall clock may jump by days either way: timestamps follow, the cadence stays, and ids increase', async (t) => {
  const { clock, made, minutes } = agent(t)
  await clock.pass(minute)
  clock.set(-3 * day)
  await clock.pass(minute)
  clock.set(5 * day)
  await clock.pass(minute)
  t.deepEqual(minutes(), [0, 0.75, 1.75, 2.75])
  const times = made.map(({ report }) => Date.parse(report.timestamp))
  t.deepEqual(times.map((time) => Math.round((time - times[0]!) / day)), [0, 0, -3, 2])
  const ids = made.map(({ report }) => report.report_id)
  t.deepEqual(ids, [...ids].sort())
})

test('where no cycle ends for five intervals the agent ends with an error that says so', async (t) => {
  const hanging: Collector = { ...sample, collect: async () => await new Promise(() => {}) }
  const { clock, ended } = agent(t, { collectors: [hanging], timeoutMs: minute })
  let over = false
  ended.catch(() => { over = true })
  await clock.pass(5.5 * minute)
  t.false(over)
  await clock.pass(minute)
  await t.throwsAsync(ended, { code: 'TATUSCAN_AGENT_STUCK', message: /within 5 intervals of 60000 ms/ } as object)
  t.is(clock.waiting, 0)
})

test('a deadline that is longer than the interval gives the watchdog more patience', async (t) => {
  const slow: Collector = { ...sample, collect: async ({ signal }) => { await null; await harness.clock.sleep(9000, signal); return {} } }
  const harness = agent(t, { collectors: [slow], timeoutMs: 10_000, intervalMs: 1000 })
  await harness.clock.pass(60_000)
  t.true(harness.made.length > 5)
})

test('neither sleeping for days nor failing in every cycle looks like being stuck', async (t) => {
  const broken: Collector = { ...sample, collect: async () => { throw new Error('broken') } }
  const { clock, errors, made } = agent(t, { collectors: [broken] })
  for (let night = 0; night < 10; night++) {
    await clock.pass(minute)
    await clock.suspend(3 * day)
  }
  await clock.pass(10 * minute)
  t.true(errors.length >= 20)
  t.true(errors.every((error) => (error as { code: string }).code === 'TATUSCAN_NO_FACTS'))
  t.is(made.length, 0)
})

test('a pending identity holds up the first report for two minutes at most, and is told', async (t) => {
  const pending: string[] = []
  const { clock, minutes } = agent(t, { identify: () => ({ ...identity, pending: 'eth0 has no IPv4 yet' }), onPending: (what) => pending.push(what) })
  await clock.pass(2 * minute - 1)
  t.deepEqual(minutes(), [])
  t.is(pending.length, 24)
  t.is(pending[0], 'eth0 has no IPv4 yet')
  await clock.pass(1)
  t.deepEqual(minutes(), [2])
  await clock.pass(2 * minute)
  t.deepEqual(minutes(), [2, 2.75, 3.75])
})

test('once the identity is settled the first report follows within five seconds', async (t) => {
  let pending: { pending?: string } = { pending: 'eth0 has no IPv4 yet' }
  const { clock, minutes } = agent(t, { identify: () => ({ ...identity, ...pending }) })
  await clock.pass(12_000)
  pending = {}
  await clock.pass(3000)
  t.deepEqual(minutes(), [0.25])
})

const cycles = Number(process.env.TATUSCAN_TEST_CYCLES ?? 5000)

test(`${cycles} cycles leave nothing behind`, async (t) => {
  t.timeout(600_000)
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  let delivered = 0
  const sink = { name: 'counting', async write (reports: readonly Report[]) { delivered += reports.length } }
  const { clock, stop, ended } = agent(t, { sinks: [sink], onReport: () => {} })
  const heap = (): number => { gc(); gc(); return process.memoryUsage().heapUsed }
  await clock.pass(1000 * minute) // what grows to its size first: code, caches
  const before = heap()
  await clock.pass(cycles * minute)
  const grown = heap() - before
  t.true(delivered >= cycles + 1000)
  t.true(grown < 2_000_000, `${grown} bytes more after ${cycles} cycles`)
  t.is(clock.waiting, 2, 'the loop and the watchdog')
  stop()
  await ended
  t.is(clock.waiting, 0)
})
