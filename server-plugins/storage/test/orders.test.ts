import { deepEqual } from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { createBest } from '../src/roster/best.ts'
import { fieldBit, keepOrders } from '../src/roster/orders.ts'
import { createRoster, type RosterRow } from '../src/roster/roster.ts'

/** Ids in the opposite order of the slots: a few of them, or most, alike in their first word. */
const idOf = (slot: number): number => 9700 - slot
const few = (slot: number): number => idOf(slot) - (idOf(slot) % 97 === 1 ? 1 : 0)
const most = (slot: number): number => idOf(slot) >> 4
const ids = (heads: (slot: number) => number) => ({
  word: (slot: number, at: number) => at === 0 ? heads(slot) : at === 7 ? idOf(slot) : 0,
  compare: (a: number, b: number) => idOf(a) - idOf(b)
})

interface Place { readonly value: number, readonly slot: number }

/** Slots with a number each, few enough of them different that many are equal, and the orders that are kept of them. */
function machines (size: number, heads: (slot: number) => number, isKeyed: boolean) {
  const values = new Map<number, number>(Array.from({ length: size }, (_, slot) => [slot, (slot >> 1) * 7919 % 31]))
  const there = new Set(values.keys())
  let slots = size
  const compareWith = (dir: 'asc' | 'desc') => (a: Place, b: Place) => (dir === 'asc' ? 1 : -1) * (a.value - b.value) || b.slot - a.slot
  const of = (slot: number) => ({ slot, value: values.get(slot)! })
  const orders = keepOrders({
    ids: { get size () { return slots }, has: (slot) => there.has(slot), ...ids(heads) },
    orderingOf: ({ dir }) => ({
      ...isKeyed && { key: (slot: number) => dir === 'asc' ? values.get(slot)! : -values.get(slot)! },
      compare: (a, b) => compareWith(dir)(of(a), of(b)),
      after: ({ value, id }) => (slot) => compareWith(dir)(of(slot), { value: Number(value), slot: Number(id) }) > 0,
      value: (slot) => values.get(slot)!
    }),
    mostChanged: 5
  })
  const touch = (slot: number): void => orders.touch(slot, fieldBit('cpu_percent'))
  const pageOf = (dir: 'asc' | 'desc', limit: number, cursor: Place | undefined) =>
    orders.page({ sort: 'cpu_percent', dir }, limit, cursor && { value: cursor.value, id: String(cursor.slot) })
  const inOrder = (dir: 'asc' | 'desc', cursor: Place | undefined) =>
    [...there].map(of).filter((one) => cursor === undefined || compareWith(dir)(one, cursor) > 0).sort(compareWith(dir)).map((one) => one.slot)
  return {
    get size () { return slots },
    set (slot: number, value: number) {
      values.set(slot, value)
      there.add(slot)
      slots = Math.max(slots, slot + 1)
      touch(slot)
    },
    remove (slot: number) {
      there.delete(slot) // its value stays, as in a roster
      touch(slot)
    },
    /** @returns whether the order was kept */
    checkPage (dir: 'asc' | 'desc', limit: number, cursor: Place | undefined) {
      const page = pageOf(dir, limit, cursor)
      if (page === undefined) {
        orders.sorted({ sort: 'cpu_percent', dir }).catch(() => {})
        return false
      }
      deepEqual(page, inOrder(dir, cursor).slice(0, limit + 1))
      return true
    },
    /** Goes through all pages. */
    async checkAll (dir: 'asc' | 'desc', limit: number) {
      await orders.sorted({ sort: 'cpu_percent', dir })
      const all: number[] = []
      let page: number[]
      do {
        const last = all.at(-1)
        page = pageOf(dir, limit, last === undefined ? undefined : of(last))!
        all.push(...page.slice(0, limit))
      } while (page.length > limit)
      deepEqual(all, inOrder(dir, undefined))
    }
  }
}

const slot = fc.nat(3200)
const value = fc.nat(31)
const dir = fc.constantFrom('asc' as const, 'desc' as const)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), slot, value }) },
  fc.record({ do: fc.constant('many' as const), slot, value }),
  fc.record({ do: fc.constant('remove' as const), slot }),
  fc.record({ do: fc.constant('page' as const), dir, limit: fc.integer({ min: 1, max: 200 }), cursor: fc.option(fc.record({ slot, value }), { nil: undefined }) }),
  fc.record({ do: fc.constant('wait' as const), microtasks: fc.nat(12) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('turn' as const) }) }
)

test('whatever comes, changes and goes while machines are being sorted, a page is what sorting them all would give', async (t) => {
  let pages = 0
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 300, size: 'max' }), fc.constantFrom(few, most), fc.boolean(), async (steps, heads, isKeyed) => {
    const fleet = machines(3000, heads, isKeyed)
    for (const one of steps) {
      switch (one.do) {
        case 'set': fleet.set(Math.min(one.slot, fleet.size), one.value); break
        case 'many': for (let slot = one.slot % 2500; slot < one.slot % 2500 + 300; slot++) fleet.set(slot, one.value); break
        case 'remove': fleet.remove(Math.min(one.slot, fleet.size - 1)); break
        case 'page': if (fleet.checkPage(one.dir, one.limit, one.cursor)) pages++; break
        case 'wait': for (let count = 0; count < one.microtasks; count++) await Promise.resolve(); break
        default: await turn()
      }
    }
    for (const dir of ['asc', 'desc'] as const) await fleet.checkAll(dir, 7)
  }), { numRuns: 100 })
  t.true(pages > 100, String(pages))
})

test('a machine that goes leaves the orders that are kept, one that comes joins them, and one that changes moves', async (t) => {
  const roster = createRoster(10)
  const row = (digit: string, cpu: number, hostname = `host-${digit}`): RosterRow => ({
    machine_id: digit.repeat(64),
    hostname,
    ip: null,
    os: 'linux',
    os_version: null,
    cpu_percent: cpu,
    memory_total_mb: null,
    memory_used_mb: null,
    computer_model: null,
    computer_activation: null,
    activation_days: null,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: null,
    last_seen: '2026-01-01T00:00:00.000Z',
    agent_version: null,
    interval_s: 60,
    failures: null,
    turns: null
  })
  const page = async (sort: 'cpu_percent' | 'hostname') => {
    await roster.orders.sorted({ sort, dir: 'asc' })
    return roster.orders.page({ sort, dir: 'asc' }, 1, undefined)!.map((slot) => roster.ids.id(slot)[0]).join('')
  }
  for (const [digit, cpu] of [['a', 3], ['b', 1], ['c', 2], ['e', 5], ['f', 6]] as const) roster.put(row(digit, cpu))
  t.is(await page('cpu_percent'), 'bc')
  t.is(await page('hostname'), 'ab')
  roster.remove('b'.repeat(64))
  t.is(await page('cpu_percent'), 'ca')
  roster.put(row('d', 0))
  roster.put(row('f', 1, 'a-host'))
  t.is(await page('cpu_percent'), 'df')
  t.is(await page('hostname'), 'fa')
})

test('of whatever is offered in whatever order the first are kept', (t) => {
  const offered = fc.oneof(fc.array(fc.nat(300), { maxLength: 3000, size: 'max' }), fc.nat(3000).chain((length) => fc.constantFrom(Array.from({ length }, (_, at) => at), Array.from({ length }, (_, at) => length - at))))
  fc.assert(fc.property(offered, fc.integer({ min: 1, max: 1200 }), (numbers, size) => {
    const best = createBest(size, (a, b) => a - b)
    for (const one of numbers) best.offer(one)
    deepEqual(best.inOrder(), numbers.toSorted((a, b) => a - b).slice(0, size))
  }), { numRuns: 300 })
  t.pass()
})
