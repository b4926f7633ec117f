import { sortKeys, type SortKey } from '@tatuscan/core'
import { createBest } from './best.ts'
import type { Cursor, Order } from './cursor.ts'
import { pauses } from './each-matching.ts'
import type { IdTable } from './id-table.ts'
import type { Ordering } from './ordering.ts'

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
  readonly ids: Pick<IdTable, 'size' | 'has'>
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
    const { compare } = orderingOf(order)
    const isThere = (slot: number): boolean => ids.has(slot)
    const old = sorted
    if (old === undefined) sorted = await sortSlots(await pick(ids.size, (slot) => slot, isThere), compare, since)
    else {
      const fresh = await sortSlots(await pick(before.slots.length, (at) => before.slots[at]!, isThere), compare, since)
      sorted = await merge(await pick(old.length, (at) => old[at]!, (slot) => !before.has(slot)), fresh, compare, since)
    }
    changed = since
  }

  /** The place of the first slot that a page has after its cursor. */
  function placeAfter (isAfter: (slot: number) => boolean): number {
    let [low, high] = [0, sorted!.length]
    while (low < high) {
      const middle = (low + high) >> 1
      let at = middle
      while (at < high && changed.has(sorted![at]!)) at++
      if (at === high || isAfter(sorted![at]!)) high = middle
      else low = at + 1
    }
    return low
  }

  return {
    page (limit, cursor) {
      const due = sorted === undefined || changed.slots.length > Math.max(mostChanged, sorted.length / 64)
      if (due && meanwhile === undefined) sort().finally(() => { meanwhile = undefined }).catch(() => {}) // it is begun again with the next page
      if (sorted === undefined || changed.slots.length > Math.max(mostChanged, sorted.length / 8)) return undefined
      const ordering = orderingOf(order)
      const isAfter = cursor === undefined ? () => true : ordering.after(cursor)
      const best = createBest(limit + 1, ordering.compare)
      for (let at = placeAfter(isAfter), found = 0; at < sorted.length && found <= limit; at++) {
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

/** The slots, of so many, that a condition holds for. */
async function pick (length: number, slotAt: (at: number) => number, isWanted: (slot: number) => boolean): Promise<Uint32Array<ArrayBuffer>> {
  const pause = pauses()
  const picked = new Uint32Array(length)
  let end = 0
  for (let at = 0; at < length; at++) {
    const slot = slotAt(at)
    if (isWanted(slot)) picked[end++] = slot
    if (at % portion === 0) await pause()
  }
  return picked.slice(0, end)
}

type Compare = Ordering['compare']

/** How many slots are sorted at once. */
const portion = 1024

/** Sorts slots in place and gives them without those that change meanwhile. */
async function sortSlots (slots: Uint32Array<ArrayBuffer>, compare: Compare, without: SlotSet): Promise<Uint32Array<ArrayBuffer>> {
  const pause = pauses()
  let runs: Uint32Array<ArrayBuffer>[] = []
  for (let start = 0; start < slots.length; start += portion) {
    runs.push(slots.subarray(start, start + portion).sort(compare))
    await pause()
  }
  while (runs.length > 1) {
    const longer: typeof runs = []
    for (let at = 0; at < runs.length; at += 2) longer.push(at + 1 < runs.length ? await merge(runs[at]!, runs[at + 1]!, compare, without) : runs[at]!)
    runs = longer
  }
  return runs[0] ?? slots
}

/** One order of two, without slots that change meanwhile. */
async function merge (a: Uint32Array<ArrayBuffer>, b: Uint32Array<ArrayBuffer>, compare: Compare, without: SlotSet): Promise<Uint32Array<ArrayBuffer>> {
  const pause = pauses()
  const merged = new Uint32Array(a.length + b.length)
  let [nextA, nextB, end] = [0, 0, 0]
  for (let step = 1; nextA < a.length || nextB < b.length; step++) {
    if (nextA < a.length && without.has(a[nextA]!)) nextA++
    else if (nextB < b.length && without.has(b[nextB]!)) nextB++
    else merged[end++] = nextB === b.length || (nextA < a.length && compare(a[nextA]!, b[nextB]!) <= 0) ? a[nextA++]! : b[nextB++]!
    if (step % portion === 0) await pause()
  }
  return merged.slice(0, end)
}
