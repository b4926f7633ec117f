import { setImmediate as turn } from 'node:timers/promises'
import { sortKeys, TatuScanError, type MachineFilter, type SortKey } from '@tatuscan/core'
import { defaultIntervalS, statusOf, type StatusThresholds } from '../status.ts'
import { byCodePoint } from './columns.ts'
import { factMatches } from './facts.ts'
import { hexDigits, idWords, type IdWords } from './id-table.ts'
import type { Roster } from './roster.ts'

export interface Order {
  readonly sort: SortKey
  readonly dir: 'asc' | 'desc'
}

export interface Selection {
  /** The ids of the page's machines, in order. */
  readonly ids: string[]
  /** How many machines match, whatever the page holds. */
  readonly count: number
  /** The cursor of the next page, where there is more. */
  readonly next?: string
}

export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly thresholds: StatusThresholds
}

/** One page of the machines that match. Unknown sorts last both ways; ties go by machine_id. */
export async function selectPage (
  roster: Roster, filter: MachineFilter, { sort, dir, limit, cursor }: Order & { limit: number, cursor?: string }, moment: Moment
): Promise<Selection> {
  const matches = matcher(roster, filter, moment)
  const ordering = orderingOf(roster, { sort, dir })
  const start = cursor === undefined ? undefined : readCursor(cursor, { sort, dir })
  const isAfter = start === undefined ? undefined : ordering.after(start)
  const best = createBest(limit + 1, ordering.compare)
  let count = 0
  await eachSlot(roster, (slot) => {
    if (!matches(slot)) return
    count++
    if (isAfter === undefined || isAfter(slot)) best.offer(slot)
  })
  const slots = best.inOrder()
  const shown = slots.slice(0, limit)
  return {
    ids: shown.map((slot) => roster.ids.id(slot)),
    count,
    ...slots.length > limit && { next: writeCursor({ sort, dir }, ordering.value(shown.at(-1)!), roster.ids.id(shown.at(-1)!)) }
  }
}

/** How long the event loop may be held, in milliseconds. */
const stretch = 4

/** Visits every machine's slot, a stretch at a time, so that a million of them hold nobody up. */
export async function eachSlot ({ ids }: Roster, visit: (slot: number) => void): Promise<void> {
  let began = performance.now()
  for (let slot = 0; slot < ids.size; slot++) {
    if (ids.has(slot)) visit(slot)
    if ((slot & 1023) === 1023 && performance.now() - began > stretch) {
      await turn()
      began = performance.now()
    }
  }
}

/** What a filter asks for, as one question about a slot. */
export function matcher (roster: Roster, { q, os, os_version, status, facts = {} }: MachineFilter, { now, thresholds }: Moment): (slot: number) => boolean {
  const { coded, numbers, text, ids } = roster
  const all: ((slot: number) => boolean)[] = []
  if (os !== undefined) all.push(coded.os.matcher((value) => value === os))
  if (os_version !== undefined) all.push(coded.os_version.matcher((value) => (value ?? '') === os_version))
  for (const [path, wanted] of Object.entries(facts)) {
    all.push(roster.facts.get(path)!.matcher((json) => factMatches(json, wanted)))
  }
  if (status !== undefined) {
    all.push((slot) => statusOf(numbers.last_seen.get(slot), knownOr(numbers.interval_s.get(slot), defaultIntervalS), now, thresholds) === status)
  }
  if (q !== undefined && q !== '') {
    const small = inSmallLetters(q)
    const bytes = Buffer.from(small)
    const version = coded.os_version.matcher((value) => value !== null && inSmallLetters(value).includes(small))
    const digits = hexDigits(small)
    all.push((slot) => text.hostname.holds(slot, bytes) || text.ip.holds(slot, bytes) || version(slot) || (digits !== undefined && ids.holds(slot, digits)))
  }
  switch (all.length) {
    case 0: return () => true
    case 1: return all[0]!
    default: return (slot) => all.every((one) => one(slot))
  }
}

/** Letters of ASCII made small, and only they. */
function inSmallLetters (text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function knownOr (value: number, otherwise: number): number {
  return Number.isNaN(value) ? otherwise : value
}

/** Where a page ended: the last row's sort value and its machine_id. */
interface Cursor {
  readonly value: string | number | null
  readonly id: string
}

interface Ordering {
  /** Negative where slot `a` comes before slot `b`. */
  compare (a: number, b: number): number
  /** Whether a slot comes after where a page ended. */
  after (cursor: Cursor): (slot: number) => boolean
  /** What a slot is sorted by. */
  value (slot: number): string | number | null
}

function orderingOf (roster: Roster, { sort, dir }: Order): Ordering {
  const { ids, numbers, coded, text } = roster
  const sign = dir === 'asc' ? 1 : -1
  const afterId = (slot: number, id: IdWords) => ids.compareWith(slot, id) > 0
  if (sort === 'machine_id') {
    return {
      compare: (a, b) => sign * ids.compare(a, b),
      after: ({ id }) => {
        const words = idWords(id)
        return (slot) => sign * ids.compareWith(slot, words) > 0
      },
      value: (slot) => ids.id(slot)
    }
  }
  if (sort === 'hostname' || sort === 'ip') {
    const column = text[sort]
    const known = (a: number, b: number) => (column.length(a) === 0 ? 1 : 0) - (column.length(b) === 0 ? 1 : 0)
    return {
      compare: (a, b) => known(a, b) || sign * column.compare(a, b) || ids.compare(a, b),
      after: ({ value, id }) => {
        const bytes = Buffer.from(value === null ? '' : String(value))
        const words = idWords(id)
        if (bytes.length === 0) return (slot) => column.length(slot) === 0 && afterId(slot, words)
        return (slot) => {
          if (column.length(slot) === 0) return true
          const difference = sign * column.compareWith(slot, bytes)
          return difference > 0 || (difference === 0 && afterId(slot, words))
        }
      },
      value: (slot) => column.get(slot) || null
    }
  }
  // Whatever else there is becomes a number that is sorted upwards, unknown being the largest.
  const { key, keyOf, value } = sort in coded ? byRank(coded[sort as keyof typeof coded], sign) : byNumber(numbers[sort as keyof typeof numbers], sign)
  return {
    compare: (a, b) => {
      const [x, y] = [key(a), key(b)]
      return x < y ? -1 : x > y ? 1 : ids.compare(a, b)
    },
    after: (cursor) => {
      const bound = cursor.value === null ? Infinity : keyOf(cursor.value)
      const words = idWords(cursor.id)
      return (slot) => {
        const own = key(slot)
        return own > bound || (own === bound && afterId(slot, words))
      }
    },
    value
  }
}

function byNumber (column: Roster['numbers']['cpu_percent'], sign: number) {
  return {
    key: (slot: number) => knownOr(sign * column.get(slot), Infinity),
    keyOf: (value: string | number) => sign * Number(value),
    value: (slot: number) => Number.isNaN(column.get(slot)) ? null : column.get(slot)
  }
}

function byRank (column: Roster['coded']['os'], sign: number) {
  return {
    key (slot: number) {
      const code = column.code(slot)
      return code === 0 ? Infinity : sign * column.ranks()[code]!
    },
    /** Between two ranks where no machine has the text any more. */
    keyOf (value: string | number) {
      const text = String(value)
      const ranks = column.ranks()
      let rank = -0.5
      column.texts.forEach((other, code) => {
        if (other === null) return
        const difference = byCodePoint(other, text)
        if (difference === 0) rank = Math.max(rank, ranks[code]!)
        else if (difference < 0) rank = Math.max(rank, ranks[code]! + 0.5)
      })
      return sign * rank
    },
    value: (slot: number) => column.texts[column.code(slot)] ?? null
  }
}

/** Keeps the first of what is offered: a heap with the last of them on top. */
function createBest (size: number, compare: (a: number, b: number) => number) {
  const heap: number[] = []

  function sink (at: number): void {
    for (;;) {
      let last = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && compare(heap[child]!, heap[last]!) > 0) last = child
      if (last === at) return
      ;[heap[at], heap[last]] = [heap[last]!, heap[at]!]
      at = last
    }
  }

  function rise (at: number): void {
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (compare(heap[at]!, heap[parent]!) <= 0) return
      ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
      at = parent
    }
  }

  return {
    offer (slot: number): void {
      if (heap.length < size) {
        heap.push(slot)
        rise(heap.length - 1)
      } else if (compare(slot, heap[0]!) < 0) {
        heap[0] = slot
        sink(0)
      }
    },
    inOrder: (): number[] => heap.toSorted(compare)
  }
}

function writeCursor ({ sort, dir }: Order, value: string | number | null, id: string): string {
  return Buffer.from(JSON.stringify([sort, dir, value, id])).toString('base64url')
}

/** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST */
function readCursor (cursor: string, { sort, dir }: Order): Cursor {
  try {
    const [cursorSort, cursorDir, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const sane = (typeof value === 'string' || typeof value === 'number' || value === null) && typeof id === 'string' && /^[0-9a-f]{64}$/.test(id)
    if (sane && cursorSort === sort && cursorDir === dir && sortKeys.includes(sort)) return { value, id }
  } catch {} // what can't be read is refused below
  throw new TatuScanError('TATUSCAN_INVALID_REQUEST', 'the cursor is none of this listing’s: start again without one', {
    details: [{ path: '/cursor', message: 'must be the next_cursor of a page with the same sort and dir' }]
  })
}
