import { sortKeys, type SortKey } from '@tatuscan/core'
import { createBest } from './best.ts'
import type { Cursor, Order } from './cursor.ts'
import { pauses } from './each-matching.ts'
import { idWidth, type IdTable } from './id-table.ts'
import type { Ordering } from './ordering.ts'
import { insert, mergeRuns, pick, placeOf, sortByWords, wordsOf } from './sort-slots.ts'

/** The orders that are asked for, kept sorted, so that a page is a few steps along one and no look at every machine. */
export interface Orders {
  /**
   * The slots of a page, and of the machine after it where there is one. Undefined while the order is not kept yet: from
   * the first time that it is asked for it is sorted, a stretch at a time.
   */
  page (order: Order, limit: number, cursor: Cursor | undefined): number[] | undefined
  /** Takes note that fields of a machine, as {@link fieldBit} tells them, are other than before, or that it comes or goes. */
  touch (slot: number, fields: number): void
}

/** How many orders are kept, the latest that were asked for; each takes five bytes a machine. */
const mostOrders = 8

/** All fields of a machine. */
export const everyField = -1

/** A field that machines are sorted by, as one bit of a number. */
export function fieldBit (sort: SortKey): number {
  return 1 << sortKeys.indexOf(sort)
}

export interface OrdersOptions {
  readonly ids: Pick<IdTable, 'size' | 'has' | 'word' | 'compare'>
  readonly orderingOf: (order: Order) => Ordering
  /** How many machines may have changed before they are sorted anew: all are looked at for every page. @default 1000, or one in 64 */
  readonly mostChanged?: number
}

export function keepOrders (options: OrdersOptions): Orders {
  let kept: { readonly name: string, readonly fields: number, readonly order: KeptOrder }[] = []
  return {
    page (order, limit, cursor) {
      if (!sortKeys.includes(order.sort as SortKey)) return undefined
      const name = `${order.sort} ${order.dir}`
      const found = kept.find((one) => one.name === name) ?? { name, fields: fieldBit(order.sort as SortKey), order: keepOrder(options, order) }
      kept = [...kept.filter((one) => one !== found), found].slice(-mostOrders)
      return found.order.page(limit, cursor)
    },
    touch (slot, fields) {
      for (const one of kept) if ((one.fields & fields) !== 0) one.order.touch(slot)
    }
  }
}

interface KeptOrder {
  page (limit: number, cursor: Cursor | undefined): number[] | undefined
  touch (slot: number): void
}

/**
 * Slots in order as they were when they were sorted, and those that have changed since, which are left out of it. While
 * they are sorted anew some change: what is being sorted lets go of them before it compares them with anything.
 */
function keepOrder ({ ids, orderingOf, mostChanged = 1000 }: OrdersOptions, order: Order): KeptOrder {
  let sorted: Uint32Array<ArrayBuffer> | undefined
  let changed = slotSet()
  /** Those that have changed since the sorting that is under way began. */
  let meanwhile: SlotSet | undefined

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

  return {
    page (limit, cursor) {
      const due = sorted === undefined || changed.slots.length > Math.max(mostChanged, sorted.length / 64)
      if (due && meanwhile === undefined) sort().finally(() => { meanwhile = undefined }).catch(() => {}) // it is begun again with the next page
      if (sorted === undefined || changed.slots.length > Math.max(mostChanged, sorted.length / 8)) return undefined
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
    touch (slot) {
      changed.add(slot)
      meanwhile?.add(slot)
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
