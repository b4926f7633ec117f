import { setImmediate as turn } from 'node:timers/promises'
import type { MachineFilter } from '@tatuscan/core'
import { matcher, type Matcher, type Moment } from './matcher.ts'
import type { Roster } from './roster.ts'

/** How long the event loop may be held, in milliseconds. */
const stretch = 2

let turns: Promise<unknown> = Promise.resolve()

/** The event loop's next turn that no other of these stretches takes, so that however many there are each turn has one. */
async function ownTurn (): Promise<void> {
  turns = turns.then(async () => await turn())
  await turns
}

/** What is called every so often waits for another turn once the event loop has been held for a stretch. */
export function pauses (): () => Promise<void> | undefined {
  let began = performance.now()
  return () => performance.now() - began > stretch ? ownTurn().then(() => { began = performance.now() }) : undefined
}

/** How many slots are looked at between two looks at the clock. */
const portion = 1024

/** A way through the machines, and all who go along. */
interface Way {
  readonly visits: ((slot: number) => void)[]
  readonly done: Promise<void>
}

/** The ways that begin at the next turn: of each roster, by filter. */
const ways = new WeakMap<Roster, Map<string, Way>>()

/**
 * Visits the slot of every machine that matches, a stretch at a time, so that a million of them hold nobody up. Those who
 * ask for the same in one turn of the event loop, as the figures of a page do, go through the machines together.
 */
export async function eachMatching (roster: Roster, filter: MachineFilter, moment: Moment, visit: (slot: number) => void): Promise<void> {
  const upcoming = ways.get(roster) ?? new Map<string, Way>()
  ways.set(roster, upcoming)
  const name = JSON.stringify(filter)
  let way = upcoming.get(name)
  if (way === undefined) {
    const visits: Way['visits'] = []
    upcoming.set(name, way = {
      visits,
      done: turn().then(async () => {
        upcoming.delete(name)
        await goThrough(roster, matcher(roster, filter, moment), visits.length === 1 ? visits[0]! : (slot) => { for (const one of visits) one(slot) })
      })
    })
  }
  way.visits.push(visit)
  await way.done
}

async function goThrough ({ ids }: Roster, { next, rest }: Matcher, visit: (slot: number) => void): Promise<void> {
  const pause = pauses()
  for (let start = 0; start < ids.size; start += portion) {
    const end = Math.min(start + portion, ids.size)
    for (let slot = next(start, end); slot < end; slot = next(slot + 1, end)) {
      if (ids.has(slot) && (rest === undefined || rest(slot))) visit(slot)
    }
    await pause()
  }
}

/** Visits every item, a stretch at a time. */
export async function eachOf<Item> (items: Iterable<Item>, visit: (item: Item) => void): Promise<void> {
  const pause = pauses()
  let count = 0
  for (const item of items) {
    visit(item)
    if ((++count & 255) === 0) await pause()
  }
}
