import { readFile } from 'node:fs/promises'
import test from 'ava'
import fc from 'fast-check'
import { Validator } from '@cfworker/json-schema'
import { agentVersion, collectReport, identify, limits, reportSchema, TatuScanError, type Collector } from '../src/index.ts'

function collector (name: string, collect: Collector['collect'], schema: object = { type: 'object', title: name }): Collector {
  return { name, schema, collect }
}

const good = collector('good', async () => ({ answer: 42 }))
const os = collector('os', async () => ({ hostname: 'srv-1', platform: 'linux', version: 'Debian GNU/Linux 12 (bookworm)', machine_id: 'abc' }))

const hostile: [string, Collector['collect'], string][] = [
  ['throws', async () => { throw new Error('out of paper') }, 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws before it returns a promise', () => { throw new TypeError('no promise') }, 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws undefined', async () => { throw undefined }, 'TATUSCAN_COLLECTOR_FAILED'], // eslint-disable-line no-throw-literal -- a collector may
  ['throws a proxy that is revoked', async () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy }, 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws a proxy whose traps throw', async () => { throw new Proxy(new Error('x'), new Proxy({}, { get () { throw new Error('trap') } })) }, 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws an error whose message is no text', async () => { throw Object.assign(new Error('x'), { message: 5 }) }, 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws an error whose code is no text', async () => { throw Object.assign(new TatuScanError('TATUSCAN_INTERNAL', 'x'), { code: 5n }) }, 'TATUSCAN_COLLECTOR_FAILED'],
  ['never resolves', async () => await new Promise(() => {}), 'TATUSCAN_COLLECTOR_TIMEOUT'],
  ['returns what its schema refuses', async () => ({ answer: 'forty-two' }), 'TATUSCAN_FACTS_INVALID'],
  ['returns a cycle', async () => { const facts: any = {}; facts.facts = facts; return facts }, 'TATUSCAN_FACTS_INVALID'],
  ['returns a BigInt', async () => ({ answer: 42n }), 'TATUSCAN_FACTS_INVALID'],
  ['returns 50 MB', async () => ({ answer: 1, text: 'x'.repeat(50_000_000) }), 'TATUSCAN_FACTS_TOO_LARGE'],
  ['returns null', async () => null as never, 'TATUSCAN_FACTS_INVALID'],
  ['returns an object whose getter throws', async () => ({ get answer () { throw new Error('gotcha') } }), 'TATUSCAN_COLLECTOR_FAILED']
]
for (const [what, collect, code] of hostile) {
  test(`a collector that ${what} costs its row in failures, and the others stay intact`, async (t) => {
    const bad = collector('bad', collect, { type: 'object', required: ['answer'], properties: { answer: { type: 'integer' } } })
    const report = await collectReport({ collectors: [os, bad, good], timeoutMs: 100 })
    t.deepEqual(Object.keys(report.facts), ['os', 'good'])
    t.is(report.failures.length, 1)
    const [{ collector: name, code: told, message, ms }] = report.failures as [typeof report.failures[0]]
    t.is(name, 'bad')
    t.is(told, code)
    t.true(message.length > 0 && message.length <= 500)
    t.true(ms >= 0)
    t.true(valid(report))
  })
}

test('a collector that says undefined is absent: no facts, no failure', async (t) => {
  const { facts, failures } = await collectReport({ collectors: [good, collector('absent', async () => undefined)] })
  t.deepEqual(Object.keys(facts), ['good'])
  t.deepEqual(failures, [])
})

test('a collector whose schema is broken costs its row', async (t) => {
  const cyclic: Record<string, unknown> = { type: 'object' }
  cyclic.self = cyclic
  const { failures } = await collectReport({ collectors: [good, collector('bad', async () => ({}), cyclic), collector('worse', async () => ({}), { $ref: '#/nowhere' })] })
  t.deepEqual(failures.map(({ collector, code }) => [collector, code.startsWith('TATUSCAN_')]), [['bad', true], ['worse', true]])
})

test('a schema over its limit is left out and said so, the facts stay', async (t) => {
  const wordy = collector('wordy', async () => ({ answer: 42 }), { type: 'object', description: 'x'.repeat(limits.schemaBytes) })
  const { facts, failures, schemas } = await collectReport({ collectors: [wordy] })
  t.deepEqual(facts.wordy, { answer: 42 })
  t.deepEqual(schemas, {})
  t.is(failures[0]?.code, 'TATUSCAN_SCHEMA_TOO_LARGE')
})

test('when every collector fails there is no report, and the error says why for each', async (t) => {
  const failing = ['a', 'b'].map((name) => collector(name, async () => { throw new Error(`${name} is broken`) }))
  const error = await t.throwsAsync(collectReport({ collectors: failing }), { instanceOf: TatuScanError, code: 'TATUSCAN_NO_FACTS' })
  t.regex(error!.message, /a is broken.*b is broken/)
  t.is((error as TatuScanError).details.length, 2)
})

test('a failure’s message goes over the wire whatever the collector threw: cut by character, and printable', async (t) => {
  for (const message of ['\0\u001b[31m', '\ud800', '😀'.repeat(2000), ' \n ']) {
    const report = await collectReport({ collectors: [good, collector('bad', async () => { throw new Error(message) })] })
    t.true(valid(report), JSON.stringify(report.failures))
    t.regex(report.failures[0]!.message, /^\P{Cc}+$/u)
    t.true(report.failures[0]!.message.isWellFormed())
  }
})

test('a fact that a namesake tells in another way still makes a valid report', async (t) => {
  const odd = [collector('memory', async () => ({ total_mb: 1023.6, used_mb: -1 })), collector('cpu', async () => ({ percent: 101 })), collector('network', async () => ({ primary_ipv4: '' }))]
  const report = await collectReport({ collectors: odd })
  t.like(report, { memory_total_mb: 1024, memory_used_mb: null, cpu_percent: null, ip: null })
  t.true(valid(report))
})

test('the nine fields are a projection of the facts; what nobody told is null', async (t) => {
  const report = await collectReport({
    collectors: [
      os, collector('network', async () => ({ primary_ipv4: '10.0.0.1', physical_macs: ['00:1b:21:aa:bb:cc'] })),
      collector('cpu', async () => ({ percent: 0 })), collector('memory', async () => ({ total_mb: 1024, used_mb: 0 }))
    ]
  })
  t.like(report, {
    machine_id: 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e',
    hostname: 'srv-1',
    ip: '10.0.0.1',
    os: 'linux',
    os_version: 'Debian GNU/Linux 12 (bookworm)',
    cpu_percent: 0,
    memory_total_mb: 1024,
    memory_used_mb: 0,
    agent_version: agentVersion,
    interval_s: 60
  })
  const bare = await collectReport({ collectors: [good] })
  t.like(bare, { ip: null, os_version: null, cpu_percent: null, memory_total_mb: null, memory_used_mb: null, machine_id: identify({}).machine_id })
  t.true(bare.hostname.length > 0 && bare.os.length > 0)
  t.true(valid(report) && valid(bare))
})

test('collectors run at once: one that waits for another’s start does not wait in vain', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const waits = collector('waits', async () => { await promise; return { ok: true } })
  const starts = collector('starts', async () => { resolve(); return { ok: true } })
  t.deepEqual((await collectReport({ collectors: [waits, starts], timeoutMs: 2000 })).failures, [])
})

test('a collector’s signal aborts at its deadline', async (t) => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const slow = collector('slow', async ({ signal }) => await new Promise(() => { signal.addEventListener('abort', () => resolve(signal.reason)) }))
  await collectReport({ collectors: [good, slow], timeoutMs: 50 })
  t.like(await promise, { code: 'TATUSCAN_COLLECTOR_TIMEOUT' })
})

test('a collector that holds the thread beyond the deadline does not cost the others their facts', async (t) => {
  const hog = collector('hog', async () => { for (const end = performance.now() + 300; performance.now() < end;); return { ok: true } })
  const reads = collector('reads', async () => {
    for (let turn = 0; turn < 5; turn++) await readFile(new URL(import.meta.url))
    return { ok: true }
  })
  const { facts, failures } = await collectReport({ collectors: [reads, hog], timeoutMs: 100 })
  t.deepEqual(Object.keys(facts), ['reads'])
  t.deepEqual(failures.map(({ collector, code }) => [collector, code]), [['hog', 'TATUSCAN_COLLECTOR_TIMEOUT']])
})

test('a collector that held the thread beyond the deadline, and has not ended, is told to stop', async (t) => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const hog = collector('hog', async ({ signal }) => {
    signal.addEventListener('abort', () => resolve(signal.reason))
    for (const end = performance.now() + 100; performance.now() < end;);
    return await new Promise(() => {})
  })
  await collectReport({ collectors: [good, hog], timeoutMs: 50 })
  t.like(await promise, { code: 'TATUSCAN_COLLECTOR_TIMEOUT' })
})

test('an aborted signal stops the collecting with its reason', async (t) => {
  const controller = new AbortController()
  const stuck = collector('stuck', async () => { controller.abort(new Error('stop')); return await new Promise(() => {}) })
  await t.throwsAsync(collectReport({ collectors: [stuck], signal: controller.signal }), { message: 'stop' })
  await t.throwsAsync(collectReport({ collectors: [good], signal: controller.signal }), { message: 'stop' })
})

test('however large the facts, the report fits its limit, and what was left out is in failures', async (t) => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat({ max: 32_000 }), { minLength: 1, maxLength: 12 }), async (sizes) => {
    const collectors = sizes.map((size, index) => collector(`c${index}`, async () => ({ text: 'x'.repeat(size) })))
    const report = await collectReport({ collectors })
    t.true(Buffer.byteLength(JSON.stringify({ ...report, schemas: {} })) <= limits.reportBytes)
    t.deepEqual([...Object.keys(report.facts), ...report.failures.map(({ collector }) => collector)].sort(), collectors.map(({ name }) => name).sort())
    t.deepEqual(Object.keys(report.schemas).sort(), Object.keys(report.facts).sort())
  }))
})

test('values that are no collectors, and names used twice, are refused before anything runs', async (t) => {
  for (const [collectors, message] of [
    [[{}], /name/], [[null], /name/], [[{ ...good, name: 'Bad Name' }], /name/], [[{ ...good, schema: undefined }], /schema/],
    [[{ ...good, collect: 5 }], /collect\(\)/], [[good, good], /unique/],
    [Array.from({ length: 101 }, (_, index) => ({ ...good, name: `c${index}` })), /at most 100 collectors/]
  ] as const) {
    await t.throwsAsync(collectReport({ collectors: collectors as never }), { code: 'TATUSCAN_INVALID_OPTION', message })
  }
})

function valid (report: object): boolean {
  return new Validator(reportSchema as object, '2020-12').validate(JSON.parse(JSON.stringify(report))).valid
}
