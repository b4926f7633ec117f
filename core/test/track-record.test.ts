import test from 'ava'
import fc from 'fast-check'
import { collectReport, createTrackRecord, runAgent, type Collector, type Report } from '../src/index.ts'

const schema = { type: 'object' }
const neighbour: Collector = { name: 'neighbour', schema, collect: async () => ({ fine: true }) }
const minute = 60_000

/** A collector that fails as long as `broken` says so, and the reports made with it. */
function flaky ({ intervalMs = minute, broken = (_run: number): boolean => true } = {}) {
  let runs = 0
  const collector: Collector = {
    name: 'flaky',
    schema,
    async collect () {
      if (broken(++runs)) throw new Error(`out of paper at run ${runs}`)
      return { run: runs }
    }
  }
  const trackRecord = createTrackRecord({ intervalMs, now: () => new Date('2026-11-24T10:00:00Z') })
  return {
    runs: () => runs,
    report: async () => await collectReport({ collectors: [neighbour, collector], trackRecord }),
    /** Of so many reports, which ran it. */
    async ranIn (reports: number): Promise<number[]> {
      const ran: number[] = []
      for (let report = 1; report <= reports; report++) {
        const before = runs
        const { facts, failures } = await this.report()
        if (runs > before) ran.push(report)
        if (facts.neighbour === undefined || failures.length > 1) throw new Error('the rest must stay intact')
      }
      return ran
    }
  }
}

test('after three failures in a row a collector sits out 2 reports, then 4, 8 and so on', async (t) => {
  t.deepEqual(await flaky().ranIn(70), [1, 2, 3, 6, 11, 20, 37, 70])
})

test('it never pauses for longer than an hour', async (t) => {
  t.deepEqual(await flaky({ intervalMs: 20 * minute }).ranIn(16), [1, 2, 3, 6, 10, 14])
  t.deepEqual(await flaky({ intervalMs: 240 * minute }).ranIn(9), [1, 2, 3, 5, 7, 9])
})

test('one success, and all is forgotten', async (t) => {
  t.deepEqual(await flaky({ broken: (run) => run !== 4 }).ranIn(12), [1, 2, 3, 6, 7, 8, 9, 12])
})

test('two failures in a row do not make it pause', async (t) => {
  t.deepEqual(await flaky({ broken: (run) => run % 3 !== 0 }).ranIn(12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
})

test('its row in failures tells since when it pauses, when it is tried again, and what went wrong', async (t) => {
  const { report } = flaky()
  for (let failed = 0; failed < 3; failed++) t.is((await report()).failures[0]?.code, 'TATUSCAN_COLLECTOR_FAILED')
  const rows = [(await report()).failures, (await report()).failures].map(([row]) => [row?.collector, row?.code, row?.message])
  const told = (when: string) => ['flaky', 'TATUSCAN_COLLECTOR_PAUSED',
    `paused after 3 failures in a row since 2026-11-24T10:00:00.000Z; tried again ${when}. The last one: TATUSCAN_COLLECTOR_FAILED: out of paper at run 3`]
  t.deepEqual(rows, [told('2 reports from now, in about 2 min'), told('in the next report, in about 60 s')])
})

test('whatever fails when, a pause is never longer than an hour, and a collector that works again is back after it', async (t) => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1000, max: 10_000_000 }), async (reports, intervalMs) => {
    let repaired = false
    const { report } = flaky({ intervalMs, broken: () => !repaired })
    for (let made = 0; made < reports; made++) await report()
    repaired = true
    const longest = Math.max(1, Math.floor(3_600_000 / intervalMs))
    for (let waited = 0; waited <= longest; waited++) if ((await report()).facts.flaky !== undefined) return (await report()).facts.flaky !== undefined
    return false
  }), { numRuns: 30 })
  t.pass()
})

test('a collector that never settles is not begun a second time while it runs', async (t) => {
  let begun = 0
  let settle = (): void => {}
  const hanging: Collector = { name: 'hanging', schema, collect: async () => { begun++; await new Promise<void>((resolve) => { settle = resolve }); return { begun } } }
  const trackRecord = createTrackRecord({ intervalMs: minute })
  const report = async () => await collectReport({ collectors: [neighbour, hanging], trackRecord, timeoutMs: 30 })
  t.regex((await report()).failures[0]!.message, /took longer than 30 ms/)
  const [row] = (await report()).failures
  t.is(row?.code, 'TATUSCAN_COLLECTOR_TIMEOUT')
  t.regex(row!.message, /has not ended/)
  t.is(begun, 1)
  settle()
  await new Promise((resolve) => setImmediate(resolve))
  await report()
  t.is(begun, 2, 'it ended, so that it may begin again')
})

test('facts that are reported without their schema are no failure', async (t) => {
  const wordy: Collector = { name: 'wordy', schema: { type: 'object', description: 'x'.repeat(20_000) }, collect: async () => ({ answer: 42 }) }
  const trackRecord = createTrackRecord({ intervalMs: minute })
  for (let made = 0; made < 5; made++) t.deepEqual((await collectReport({ collectors: [wordy], trackRecord })).facts.wordy, { answer: 42 })
})

test('a report on its own, without a record, never pauses anything', async (t) => {
  const failing: Collector = { name: 'failing', schema, collect: async () => { throw new Error('always') } }
  for (let made = 0; made < 5; made++) t.is((await collectReport({ collectors: [neighbour, failing] })).failures[0]?.code, 'TATUSCAN_COLLECTOR_FAILED')
})

test('the agent keeps a record over its cycles, and asks for every report which collectors there are', async (t) => {
  const failing: Collector = { name: 'failing', schema, collect: async () => { throw new Error('always') } }
  const controller = new AbortController()
  const reports: Report[] = []
  await runAgent({
    collectors: async () => reports.length < 4 ? [neighbour, failing] : [neighbour],
    sinks: [],
    intervalMs: 5,
    signal: controller.signal,
    onReport: (report) => { if (reports.push(report) === 5) controller.abort() }
  })
  const failed = 'TATUSCAN_COLLECTOR_FAILED'
  t.deepEqual(reports.map(({ failures }) => failures[0]?.code), [failed, failed, failed, 'TATUSCAN_COLLECTOR_PAUSED', undefined])
})
