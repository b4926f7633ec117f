/** Keeps the first of what is offered: a heap with the last of them on top. */
export function createBest (size: number, compare: (a: number, b: number) => number) {
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
