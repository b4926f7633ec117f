import type { MachineFilter } from '@tatuscan/core'
import { createBest } from './best.ts'
import { readCursor, writeCursor, type Order } from './cursor.ts'
import { eachMatching } from './each-matching.ts'
import type { Matcher, Moment } from './matcher.ts'
import { orderingOf } from './ordering.ts'
import type { Roster } from './roster.ts'

export interface Selection {
  /** The ids of the page's machines, in order. */
  readonly ids: string[]
  /** How many machines match, whatever the page holds. */
  readonly count: number
  /** The cursor of the next page, where there is more. */
  readonly next?: string
  /** When it was selected. */
  readonly as_of: Date
}

/** One page of the machines that match. Unknown sorts last both ways; ties go by machine_id. */
export async function selectPage (
  roster: Roster, filter: MachineFilter, { sort, dir, limit, cursor }: Order & { limit: number, cursor?: string }, moment: Moment
): Promise<Selection> {
  const ordering = orderingOf(roster, { sort, dir })
  const start = cursor === undefined ? undefined : readCursor(cursor, { sort, dir })
  const isAfter = start === undefined ? undefined : ordering.after(start)
  const best = createBest(limit + 1, ordering.compare)
  let count = 0
  await eachMatching(roster, filter, moment, (slot) => {
    count++
    if (isAfter === undefined || isAfter(slot)) best.offer(slot)
  })
  return selectionOf(roster, best.inOrder(), { sort, dir, limit, count }, moment)
}

/** One page of all machines, where the order that it has is kept. */
export function selectKept (
  roster: Roster, { sort, dir, limit, cursor }: Order & { limit: number, cursor?: string }, moment: Moment
): Selection | undefined {
  const slots = roster.orders.page({ sort, dir }, limit, cursor === undefined ? undefined : readCursor(cursor, { sort, dir }))
  return slots && selectionOf(roster, slots, { sort, dir, limit, count: roster.count }, moment)
}

/** @param slots those of the page, and the one after it */
function selectionOf (roster: Roster, slots: readonly number[], { sort, dir, limit, count }: Order & { limit: number, count: number }, { now }: Moment): Selection {
  const shown = slots.slice(0, limit)
  const last = shown.at(-1)
  return {
    ids: shown.map((slot) => roster.ids.id(slot)),
    count,
    ...slots.length > limit && last !== undefined && { next: writeCursor({ sort, dir }, orderingOf(roster, { sort, dir }).value(last), roster.ids.id(last)) },
    as_of: new Date(now)
  }
}

/** How many machines match. */
export async function countMatching (roster: Roster, filter: MachineFilter, moment: Moment): Promise<number> {
  let count = 0
  await eachMatching(roster, filter, moment, () => { count++ })
  return count
}

/** How many machines a sample holds. */
const sample = 4096

/** What part of all machines matches, by a sample of them. */
export function sampledShare ({ ids }: Roster, { holds }: Matcher): number {
  let looked = 0
  let matching = 0
  for (let at = 0; at < sample; at++) {
    const slot = Math.floor(at * ids.size / sample)
    if (!ids.has(slot)) continue
    looked++
    if (holds(slot)) matching++
  }
  return matching / Math.max(1, looked)
}
