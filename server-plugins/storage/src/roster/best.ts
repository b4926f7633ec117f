type Compare = (a: number, b: number) => number

/** Keeps the first of what is offered: gathers some more, then lets go of those beyond. The order in which they come doesn't matter to the time it takes. */
export function createBest (size: number, compare: Compare) {
  const kept: number[] = []
  const room = 2 * size + 512
  /** Whatever comes after this one is beyond. */
  let last: number | undefined
  return {
    offer (slot: number): void {
      if (last !== undefined && compare(slot, last) > 0) return
      kept.push(slot)
      if (kept.length < room) return
      last = select(kept, size, compare)
      kept.length = size
    },
    inOrder: (): number[] => kept.toSorted(compare).slice(0, size)
  }
}

/** Moves the first so many to the front, in no order but that the last of them is the last. Hoare's selection. @returns that one */
function select (slots: number[], count: number, compare: Compare): number {
  for (let [low, high] = [0, slots.length - 1]; low < high;) {
    const pivot = slots[(low + high) >> 1]!
    let [a, b] = [low, high]
    while (a <= b) {
      while (compare(slots[a]!, pivot) < 0) a++
      while (compare(slots[b]!, pivot) > 0) b--
      if (a <= b) {
        ;[slots[a], slots[b]] = [slots[b]!, slots[a]!]
        a++
        b--
      }
    }
    if (count - 1 <= b) high = b
    else if (count - 1 >= a) low = a
    else break
  }
  return slots[count - 1]!
}
