import type { pauses } from './each-matching.ts'

/** Ways to sort slots that let others have their turn. What changes meanwhile ends up somewhere, and everything else in its place. */

type Slots = Uint32Array<ArrayBuffer>
type Pause = ReturnType<typeof pauses>
type Has = (slot: number) => boolean

/** After how many steps the clock is looked at. */
const portion = 1024

/** The slots, of so many, that a condition holds for. */
export async function pick (length: number, slotAt: (at: number) => number, isWanted: Has, pause: Pause): Promise<Slots> {
  const picked = new Uint32Array(length)
  let end = 0
  for (let at = 0; at < length; at++) {
    const slot = slotAt(at)
    if (isWanted(slot)) picked[end++] = slot
    if (at % portion === 0) await pause()
  }
  return picked.slice(0, end)
}

/** Sorts by numbers from the last to the first, eleven bits at a time, so that nothing is compared with anything. Equal ones stay as they are. */
export async function sortByWords (slots: Slots, words: readonly ((slot: number) => number)[], pause: Pause): Promise<Slots> {
  let from = { slots: slots.slice(), words: new Uint32Array(slots.length) }
  let to = { slots: new Uint32Array(slots.length), words: new Uint32Array(slots.length) }
  for (const wordOf of words.toReversed()) {
    for (let at = 0; at < slots.length; at++) {
      from.words[at] = wordOf(from.slots[at]!)
      if (at % portion === 0) await pause()
    }
    for (const shift of [0, 11, 22]) {
      const places = new Uint32Array(2049)
      for (let at = 0; at < slots.length; at++) {
        places[(from.words[at]! >>> shift & 2047) + 1]!++
        if (at % portion === 0) await pause()
      }
      if (places.includes(slots.length)) continue // all are equal
      for (let digit = 0; digit < 2048; digit++) places[digit + 1]! += places[digit]!
      const [fromSlots, fromWords, toSlots, toWords] = [from.slots, from.words, to.slots, to.words]
      for (let at = 0; at < slots.length; at++) {
        const word = fromWords[at]!
        const place = places[word >>> shift & 2047]!++
        toSlots[place] = fromSlots[at]!
        toWords[place] = word
        if (at % portion === 0) await pause()
      }
      ;[from, to] = [to, from]
    }
  }
  return from.slots
}

/** The two words of numbers, by slot, in whose order the numbers are. */
export function wordsOf (numbers: Float64Array<ArrayBuffer>): ((slot: number) => number)[] {
  const bits = new Uint32Array(numbers.buffer)
  const high = new Uint8Array(new Uint16Array([1]).buffer)[0]! // 1 where the low word comes first
  const isNegative = (slot: number): boolean => bits[2 * slot + high]! >>> 31 === 1
  return [
    (slot) => isNegative(slot) ? ~bits[2 * slot + high]! : bits[2 * slot + high]! | 0x80000000,
    (slot) => isNegative(slot) ? ~bits[2 * slot + 1 - high]! : bits[2 * slot + 1 - high]!
  ]
}

/** Sorts by comparing: merges runs that are in order until one is left. Those that change meanwhile are left out, before they are compared with anything. */
export async function mergeRuns (slots: Slots, compare: (a: number, b: number) => number, changed: Has, pause: Pause): Promise<Slots> {
  let [from, to] = [slots, new Uint32Array(slots.length)]
  let ends: number[] = []
  for (let at = 1; at <= slots.length; at++) {
    // None goes on over a pause, in which the slot that both comparisons are with may change
    if (at === slots.length || at % portion === 0 || compare(slots[at - 1]!, slots[at]!) > 0) ends.push(at)
    if (at % portion === 0) await pause()
  }
  for (let steps = 0; ends.length > 1;) {
    const longer: number[] = []
    let end = 0
    for (let run = 0; run < ends.length; run += 2) {
      let [a, b] = [run === 0 ? 0 : ends[run - 1]!, ends[run]!]
      const [endA, endB] = [b, ends[run + 1] ?? b]
      while (a < endA || b < endB) {
        if (++steps % portion === 0) await pause()
        if (a < endA && changed(from[a]!)) a++
        else if (b < endB && changed(from[b]!)) b++
        else to[end++] = b === endB || (a < endA && compare(from[a]!, from[b]!) <= 0) ? from[a++]! : from[b++]!
      }
      longer.push(end)
    }
    ;[from, to, ends] = [to, from, longer]
  }
  return from.slice(0, ends[0] ?? 0)
}

/** The place of the first of the slots, from a place on, that a condition holds for, as it does for all after it. Those that have changed are not asked about. */
export function placeOf (slots: Uint32Array, condition: Has, changed: Has, from = 0): number {
  let [low, high] = [from, slots.length]
  while (low < high) {
    const middle = (low + high) >> 1
    let at = middle
    while (at < high && changed(slots[at]!)) at++
    if (at === high || condition(slots[at]!)) high = middle
    else low = at + 1
  }
  return low
}

/** Puts few slots in order among many. */
export async function insert (few: Slots, many: Slots, compare: (a: number, b: number) => number, changed: Has, pause: Pause): Promise<Slots> {
  const all = new Uint32Array(few.length + many.length)
  let [taken, end] = [0, 0]
  for (let at = 0; at < few.length; at++) {
    const slot = few[at]!
    if (changed(slot)) continue
    const place = placeOf(many, (other) => compare(other, slot) > 0, changed, taken)
    all.set(many.subarray(taken, place), end)
    end += place - taken
    taken = place
    all[end++] = slot
    if (at % 64 === 0) await pause()
  }
  all.set(many.subarray(taken), end)
  return all.slice(0, end + many.length - taken)
}
