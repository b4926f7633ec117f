import { setImmediate as turn } from 'node:timers/promises'
import type { Roster } from './roster.ts'

/** How long the event loop may be held, in milliseconds. */
const stretch = 8

let turns: Promise<unknown> = Promise.resolve()

/** The event loop's next turn that no other of these stretches takes, so that however many there are each turn has one. */
async function ownTurn (): Promise<void> {
  turns = turns.then(async () => await turn())
  await turns
}

/** Visits every machine's slot, a stretch at a time, so that a million of them hold nobody up. */
export async function eachSlot ({ ids }: Roster, visit: (slot: number) => void): Promise<void> {
  let began = performance.now()
  for (let slot = 0; slot < ids.size; slot++) {
    if (ids.has(slot)) visit(slot)
    if ((slot & 1023) === 1023 && performance.now() - began > stretch) {
      await ownTurn()
      began = performance.now()
    }
  }
}

/** Visits every item, a stretch at a time. */
export async function eachOf<Item> (items: Iterable<Item>, visit: (item: Item) => void): Promise<void> {
  let began = performance.now()
  let count = 0
  for (const item of items) {
    visit(item)
    if ((++count & 255) === 0 && performance.now() - began > stretch) {
      await ownTurn()
      began = performance.now()
    }
  }
}
