import { sortKeys, type SortKey } from '@tatuscan/core'
import { createBest } from './best.ts'
import type { Cursor, Order } from './cursor.ts'
import { pauses } from './each-matching.ts'
import { idWidth, type IdTable } from './id-table.ts'
import type { Ordering } from './ordering.ts'
import { insert, mergeRuns, pick, placeOf, sortByWords, wordsOf } from './sort-slots.ts'

/** The orders that were asked for, kept sorted, so that a page is a few steps along one and no look at every machine. Each takes five bytes a machine. */
export interface Orders {
  /** The slots of a page, and of the machine after it where there is one. Undefined while the order is not sorted. */
  page (order: Order, limit: number, cursor: Cursor | undefined): number[] | undefined
  /** Resolves when an order is sorted, a stretch at a time; at once for what is not kept. */
  sorted (order: Order): Promise<void>
  /** Takes note that fields of a machine, as {@link fieldBit} tells them, are other than before, or that it comes or goes. */
  touch (slot: number, fields: number): void
}

/** All fields of a machine. */
export const everyField = -1

/** A field that machines are sorted by, as one bit of a number. */
export function fieldBit (sort: SortKey): number {
  return 1 << sortKeys.indexOf(sort)
}

export interface OrdersOptions {
  readonly ids: Pick<IdTable, 'size' | 'has' | 'word' | 'compare'>
  readonly orderingOf: (order: Order) => Ordering
  /** How many machines may have changed before they are sorted anew, since all of them are looked at for every page; with eight times as many nothing is kept. @default 1000, or one in 64 */
  readonly mostChanged?: number
}

export function keepOrders (options: OrdersOptions): Orders {
  const kept = new Map<string, { readonly field: number, readonly order: KeptOrder }>()

  function orderOf ({ sort, dir }: Order): KeptOrder | undefined {
    if (!sortKeys.includes(sort as SortKey)) return undefined
    const name = `${sort} ${dir}`
    let found = kept.get(name)
    if (found === undefined) kept.set(name, found = { field: fieldBit(sort as SortKey), order: keepOrder(options, { sort, dir }) })
    return found.order
  }

  return {
    page: (order, limit, cursor) => orderOf(order)?.page(limit, cursor),
    async sorted (order) { await orderOf(order)?.sorted() },
    touch (slot, fields) {
      if (kept.size === 0) return // most servers take reports in, and nobody looks
      for (const { field, order } of kept.values()) if ((field & fields) !== 0) order.touch(slot)
    }
  }
}

interface KeptOrder {
  page (limit: number, cursor: Cursor | undefined): number[] | undefined
  sorted (): Promise<void>
  touch (slot: number): void
}

/**
 * Slots in order as they were when they were sorted, and those that have changed since, which are left out of it. While
 * they are sorted anew some change: what is being sorted lets go of them before it compares them with anything.
 */
function keepOrder ({ ids, orderingOf, mostChanged = 1000 }: OrdersOptions, order: Order): KeptOrder {
  let sorted: Uint32Array<ArrayBuffer> | undefined
  let changed = slotSet()
  let sorting: Promise<void> | undefined
  /** Those that have changed since the sorting that is under way began. */
  let meanwhile: SlotSet | undefined

  const few = (): number => Math.max(mostChanged, ids.size / 64)

  async function sort (): Promise<void> {
    const before = changed
    const since = meanwhile = slotSet()
    const pause = pauses()
    const { compare } = orderingOf(order)
    const isThere = (slot: number): boolean => ids.has(slot)
    const old = sorted
    if (old === undefined) sorted = await sortAll(await pick(ids.size, (slot) => slot, isThere, pause), since, pause)
    else {
      const fresh = await mergeRuns(await pick(before.slots.length, (at) => before.slots[at]!, isThere, pause), compare, since.has, pause)
      sorted = await insert(fresh, await pick(old.length, (at) => old[at]!, (slot) => !before.has(slot), pause), compare, since.has, pause)
    }
    changed = since
  }

  /** By ids, then by what the order is of. */
  async function sortAll (slots: Uint32Array<ArrayBuffer>, since: SlotSet, pause: () => Promise<void> | undefined): Promise<Uint32Array<ArrayBuffer>> {
    const { key, compare } = orderingOf(order)
    if (key === undefined && order.sort !== 'machine_id') return await mergeRuns(slots, compare, since.has, pause)
    const byId = await sortById(slots, pause)
    if (key === undefined) return order.dir === 'asc' ? byId : byId.reverse()
    const numbers = new Float64Array(ids.size)
    for (let slot = 0; slot < numbers.length; slot++) numbers[slot] = key(slot) + 0 // of zeros there is one
    return await sortByWords(byId, wordsOf(numbers), pause)
  }

  /** By the first digits, which digests rarely share; by all where ids are made up. */
  async function sortById (slots: Uint32Array<ArrayBuffer>, pause: () => Promise<void> | undefined): Promise<Uint32Array<ArrayBuffer>> {
    const words = Array.from({ length: idWidth }, (_, at) => (slot: number) => ids.word(slot, at))
    const sorted = await sortByWords(slots, words.slice(0, 1), pause)
    let before = -1
    const alike = await pick(sorted.length, (at) => at, (at) => before === (before = ids.word(sorted[at]!, 0)), pause)
    if (alike.length > sorted.length / 64) return await sortByWords(slots, words, pause)
    for (let at = 0; at < alike.length; at++) {
      const start = alike[at]! - 1
      while (alike[at + 1] === alike[at]! + 1) at++
      sorted.subarray(start, alike[at]! + 1).sort((a, b) => ids.compare(a, b))
    }
    return sorted
  }

  async function sortOnce (): Promise<void> {
    await (sorting ??= sort().finally(() => { sorting = meanwhile = undefined }))
  }

  return {
    page (limit, cursor) {
      if (sorted === undefined) return undefined
      if (changed.slots.length > few()) sortOnce().catch(() => {}) // it is begun again with the next page
      const ordering = orderingOf(order)
      const isAfter = cursor === undefined ? () => true : ordering.after(cursor)
      const best = createBest(limit + 1, ordering.compare)
      for (let at = placeOf(sorted, isAfter, changed.has), found = 0; at < sorted.length && found <= limit; at++) {
        if (changed.has(sorted[at]!)) continue
        best.offer(sorted[at]!)
        found++
      }
      for (const slot of changed.slots) if (ids.has(slot) && isAfter(slot)) best.offer(slot)
      return best.inOrder()
    },
    async sorted () { if (sorted === undefined) await sortOnce() },
    touch (slot) {
      meanwhile?.add(slot)
      if (sorted === undefined) return
      changed.add(slot)
      if (changed.slots.length > 8 * few() && sorting === undefined) { // nobody asks for it, and to sort all takes less by now
        sorted = undefined
        changed = slotSet()
      }
    }
  }
}

interface SlotSet {
  readonly slots: readonly number[]
  add (slot: number): void
  has (slot: number): boolean
}

function slotSet (): SlotSet {
  const slots: number[] = []
  let marks = new Uint8Array(0)
  return {
    slots,
    add (slot) {
      if (slot >= marks.length) {
        const larger = new Uint8Array(Math.ceil((slot + 1024) * 1.25))
        larger.set(marks)
        marks = larger
      }
      if (marks[slot] === 1) return
      marks[slot] = 1
      slots.push(slot)
    },
    has: (slot) => marks[slot] === 1
  }
}
