/** How often something may be done. */
export interface Rate {
  /** Requests a second, in the long run. */
  readonly perSecond: number
  /** Requests at once, after a while of none. */
  readonly burst: number
}

export interface Buckets {
  /** Takes one. @returns milliseconds until there is one again, 0 where one was there */
  take (key: string): number
  /** The same without taking any. */
  look (key: string): number
}

/** How many keys are remembered: those that were silent for longest are forgotten first. */
const remembered = 100_000

/** Counts requests by a key, each by the time at which its bucket is full again. @param now milliseconds that only go up */
export function createBuckets ({ perSecond, burst }: Rate, now: () => number = () => performance.now()): Buckets {
  const full = new Map<string, number>()
  const each = 1000 / perSecond
  const look = (key: string): number => Math.max(0, (full.get(key) ?? 0) - now() - (burst - 1) * each)
  return {
    look,
    take (key) {
      const wait = look(key)
      if (wait > 0) return wait
      const next = Math.max(full.get(key) ?? 0, now()) + each
      full.delete(key) // to the end
      full.set(key, next)
      if (full.size > remembered) full.delete(full.keys().next().value!)
      return 0
    }
  }
}
