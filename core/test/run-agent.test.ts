import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { runAgent, type Collector, type Report, type Sink } from '../src/index.ts'

const collector: Collector = { name: 'sample', schema: { type: 'object' }, collect: async () => ({ answer: 42 }) }

interface Recorded extends Sink { readonly reports: Report[], closed: number }

function recording (write: Sink['write'] = async () => {}): Recorded {
  const reports: Report[] = []
  const sink: Recorded = {
    name: 'recording',
    reports,
    closed: 0,
    async write (batch, context) {
      reports.push(...batch)
      await write(batch, context)
    },
    async close () { sink.closed++ }
  }
  return sink
}

/** An agent that ends once `enough` says so. */
async function run (options: Partial<Parameters<typeof runAgent>[0]>, enough: () => boolean): Promise<void> {
  const controller = new AbortController()
  const agent = runAgent({ collectors: [collector], sinks: [], intervalMs: 20, ...options, signal: controller.signal })
  while (!enough()) await sleep(5)
  controller.abort()
  await agent
}

test('it reports at once and then every interval, each time with a newer id, and closes its sinks', async (t) => {
  const sink = recording()
  await run({ sinks: [sink] }, () => sink.reports.length >= 4)
  const ids = sink.reports.map(({ report_id }) => report_id)
  t.deepEqual(ids, [...ids].sort())
  t.is(new Set(ids).size, ids.length)
  t.is(sink.reports[0]?.interval_s, 0.02)
  t.is(sink.closed, 1)
})

test('a sink that fails holds up neither the other sinks nor the next report', async (t) => {
  const errors: [unknown, string | undefined][] = []
  const failing = { ...recording(), name: 'failing', write: async () => { throw new Error('disk full') } }
  const sink = recording()
  await run({ sinks: [failing, sink], onError: (error, from) => errors.push([(error as Error).message, from?.name]) }, () => sink.reports.length >= 3)
  t.deepEqual(errors[0], ['the sink failing failed: disk full', 'failing'])
  t.true(errors.length >= 2)
})

test('a cycle in which every collector fails is told of, and the next one runs', async (t) => {
  let calls = 0
  const flaky: Collector = { ...collector, collect: async () => { if (++calls < 3) throw new Error('not yet'); return { answer: calls } } }
  const errors: unknown[] = []
  const sink = recording()
  await run({ collectors: [flaky], sinks: [sink], onError: (error) => errors.push(error) }, () => sink.reports.length >= 1)
  t.is(errors.length, 2)
  t.like(errors[0], { code: 'TATUSCAN_NO_FACTS' })
})

test('a sink that never settles holds up no other, and the agent still ends', async (t) => {
  const hanging: Sink = { name: 'hanging', write: async () => await new Promise(() => {}), close: async () => await new Promise(() => {}) }
  const sink = recording()
  await t.notThrowsAsync(run({ sinks: [hanging, sink] }, () => sink.reports.length >= 3))
  t.is(sink.closed, 1)
})

test('a sink is written to one write at a time, with all that came meanwhile', async (t) => {
  let running = 0
  let most = 0
  const slow = recording(async () => {
    most = Math.max(most, ++running)
    await sleep(50)
    running--
  })
  const made: string[] = []
  await run({ sinks: [slow], onReport: ({ report_id }) => made.push(report_id) }, () => slow.reports.length >= 6)
  t.is(most, 1)
  t.deepEqual(slow.reports.map(({ report_id }) => report_id), made.slice(0, slow.reports.length), 'none is left out')
})

test('what waits for a sink that is busy is bounded: the oldest reports go, and that is told', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stuck = recording(async () => await promise)
  const made: string[] = []
  let leftOut = 0
  const onError = (error: unknown): void => {
    if (/a report was left out/.test((error as Error).message) && ++leftOut === 5) resolve()
  }
  await run({ sinks: [stuck], intervalMs: 1, onReport: ({ report_id }) => made.push(report_id), onError }, () => stuck.reports.length > 1)
  t.is(stuck.reports[0]?.report_id, made[0], 'the one that was under way')
  t.is(stuck.reports[1]?.report_id, made[1 + leftOut], 'then the oldest that still waited')
})

test('a sink that fails to close is told of, and the agent ends', async (t) => {
  const errors: string[] = []
  const sink: Recorded = { ...recording(), close: async () => { throw new Error('stuck drawer') } }
  await run({ sinks: [sink], onError: (error) => errors.push((error as Error).message) }, () => sink.reports.length >= 1)
  t.deepEqual(errors, ['stuck drawer'])
})

test('an aborted signal ends it though a collector and a sink hang', async (t) => {
  const hanging: Collector = { ...collector, collect: async () => await new Promise(() => {}) }
  const controller = new AbortController()
  const agent = runAgent({ collectors: [hanging], sinks: [], signal: controller.signal, onError: () => t.fail('stopping is no error') })
  await sleep(10)
  controller.abort()
  await t.notThrowsAsync(agent)
  const sink = recording(async (_, { signal }) => { await sleep(1e6, undefined, { signal }) })
  await t.notThrowsAsync(run({ sinks: [sink], onError: () => t.fail('stopping is no error') }, () => sink.reports.length === 1))
  t.is(sink.closed, 1)
})
