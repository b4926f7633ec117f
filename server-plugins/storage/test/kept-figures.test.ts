import test from 'ava'
import type { MachineFilter, MachineQuery, MachineStore } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { readDatabaseUrl } from '../src/database-url.ts'
import { keepFigures } from '../src/kept-figures.ts'
import { createMachineStore } from '../src/machine-store.ts'
import { openDatabase } from '../src/open-database.ts'
import { defaultThresholds } from '../src/status.ts'
import { onEach } from './databases.ts'

/** Figures that count how often they were counted, and a clock that moves by hand. */
function counting (machines = 100_000) {
  const state = { machines, seconds: 0, counts: 0 }
  const figures = keepFigures(() => state.machines, { clock: () => state.seconds * 1000 })
  const read = async (maxAge = 30, name: unknown = 'all') => await figures.read(name, maxAge, async () => ++state.counts)
  return { state, figures, read }
}

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

test('a small fleet’s figures are never kept, a large one’s for as long as is asked for', async (t) => {
  const { state, read } = counting(49_999)
  t.deepEqual([await read(), await read()], [1, 2])
  state.machines = 50_000
  t.deepEqual([await read(), await read(), await read(0), await read()], [3, 3, 4, 3])
  t.is(await read(30, ['all', { os: 'linux' }]), 5, 'another figure')
  state.seconds = 31
  t.is(await read(), 6, 'too old')
  state.machines = 49_999
  t.deepEqual([await read(), await read()], [7, 8], 'the fleet has become small')
})

test('a figure is renewed while the one of before is served, and counted once however many ask', async (t) => {
  const { state, read } = counting()
  t.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1])
  state.seconds = 11
  t.deepEqual(await Promise.all([read(), read()]), [1, 1])
  await settled()
  t.is(state.counts, 2)
  t.is(await read(), 2)
  state.seconds = 40
  t.is(await read(30), 2)
  t.is(await read(20), 3, 'too old for whoever wants a newer one')
})

test('a count that fails is told to whoever waits for it, and leaves the figure of before', async (t) => {
  const { state, figures, read } = counting()
  const fails = async () => await figures.read('all', 30, async () => await Promise.reject(new Error('away')))
  await t.throwsAsync(fails(), { message: 'away' })
  t.is(await read(), 1)
  state.seconds = 11
  t.is(await fails(), 1 as never)
  await settled()
  t.is(await read(), 1)
  state.seconds = 50
  await t.throwsAsync(fails(), { message: 'away' })
})

test('the latest 200 figures are kept', async (t) => {
  const { read } = counting()
  for (let name = 1; name <= 201; name++) await read(30, name)
  t.is(await read(30, 2), 2)
  t.is(await read(30, 1), 202)
})

onEach('a large fleet’s pages by hostname hold what a small one’s do, whatever the filter', async (t, { url }) => {
  const database = await openDatabase(readDatabaseUrl(url))
  t.teardown(async () => await database.close())
  const [small, large] = [createMachineStore(database, defaultThresholds), createMachineStore(database, defaultThresholds, { from: 1 })]
  const names = ['a', 'A', 'Ä', 'ä', 'z', '😀', 'ﬀ', 'a ', '1', '~', 'web', 'web', 'web']
  for (let index = 0; index < 300; index++) {
    await small.save(sampleReport({
      machine_id: index.toString(16).padStart(64, index % 2 === 0 ? 'f' : '0'),
      hostname: index % 3 === 0 ? names[index % names.length]! : `host-${index * 7919 % 300}`,
      os: index % 50 === 0 ? 'plan9' : index % 2 === 0 ? 'linux' : 'windows',
      os_version: index % 5 === 0 ? null : `${index % 4}`,
      facts: { sample: { room: index % 7 } }
    }))
  }
  const pages = async (store: MachineStore, query: MachineQuery) => {
    const found: string[][] = []
    for (let cursor: string | undefined; ;) {
      const { machines, count, next } = await store.list({ ...query, ...cursor !== undefined && { cursor } })
      found.push([String(count), ...machines.map(({ machine_id: id, hostname }) => `${hostname} ${id}`)])
      if (next === undefined) return found
      cursor = next
    }
  }
  const filters: MachineFilter[] = [
    {}, { os: 'linux' }, { os: 'plan9' }, { os: 'nothing' }, { os: '' }, { os_version: '' }, { os_version: '2' }, { status: 'online' }, { status: 'lost' }, { facts: { 'sample.room': '3' } },
    { os: 'linux', facts: { 'sample.room': '3' } }, { ranges: { 'facts.sample.room': { min: 5 } } }, { q: 'WEB' }
  ]
  for (const filter of filters) {
    for (const limit of [1, 9, 1000]) {
      const query = { ...filter, limit }
      if (limit === 1 && Object.keys(filter).length === 0) continue // 300 pages tell no more
      t.deepEqual(await pages(large, { ...query, max_age_s: 60 }), await pages(small, query), JSON.stringify(query))
    }
  }
  t.deepEqual(await pages(large, { limit: 50 }), await pages(small, { limit: 50 }))
  await t.throwsAsync(async () => await large.list({ cursor: 'nonsense' }), { code: 'TATUSCAN_INVALID_REQUEST' })
})

onEach('a page that is kept tells its machines as they stand, and not those that have gone', async (t, { url }) => {
  const database = await openDatabase(readDatabaseUrl(url))
  t.teardown(async () => await database.close())
  const store = createMachineStore(database, defaultThresholds, { from: 1 })
  const saved = [await store.save(sampleReport({ hostname: 'a' })), await store.save(sampleReport({ hostname: 'b' })), await store.save(sampleReport({ hostname: 'c' }))]
  const listed = async () => await store.list({ sort: 'cpu_percent', max_age_s: 60 })
  await store.warm()
  const first = await listed()
  t.is(first.machines.length, 3)
  await store.update(saved[0]!.machine.machine_id, { computer_model: 'Changed' })
  await store.remove(saved[1]!.machine.machine_id)
  const second = await listed()
  t.deepEqual(second.as_of, first.as_of)
  t.deepEqual(second.machines.map(({ hostname, computer_model: model }) => [hostname, model]).sort(), [['a', 'Changed'], ['c', null]])
  t.is((await store.list({ sort: 'cpu_percent' })).count, 2, 'who asks for no age gets what is')
}, ['sqlite'])
