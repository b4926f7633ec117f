/** How often something may be done. */
export interface Rate {
  /** Requests a second, in the long run. */
  readonly perSecond: number
  /** Requests at once, after a while of none. */
  readonly burst: number
}

/** Times are in milliseconds; 0: there is one. */
export interface Buckets {
  /** Takes one. @returns how long until there is one again, where there is none */
  take (key: string): number
  /** The same without taking any. */
  look (key: string): number
  /** Takes one of a key that has a bucket; undefined: it has none. */
  takeKnown (key: string): number | undefined
  /** Gives a key a bucket. */
  learn (key: string): void
  /** Takes it away. */
  forget (key: string): void
}

/** How many keys have a bucket at least, those that came last; and at most twice as many. */
const remembered = 50_000

/** Counts requests by a key, each by the time at which its bucket is full again. @param now milliseconds that only go up */
export function createBuckets ({ perSecond, burst }: Rate, now: () => number = () => performance.now()): Buckets {
  let recent = new Map<string, { fullAt: number }>()
  let older: typeof recent = new Map()
  const each = 1000 / perSecond
  const wait = (fullAt: number, at: number): number => Math.max(0, fullAt - at - (burst - 1) * each)

  function add (key: string, bucket: { fullAt: number }): { fullAt: number } {
    if (recent.size >= remembered) [recent, older] = [new Map(), recent]
    recent.set(key, bucket)
    return bucket
  }

  function find (key: string): { fullAt: number } | undefined {
    const bucket = recent.get(key)
    if (bucket !== undefined) return bucket
    const old = older.get(key)
    return old && add(key, old)
  }

  function takeFrom (bucket: { fullAt: number }): number {
    const at = now()
    const ms = wait(bucket.fullAt, at)
    if (ms === 0) bucket.fullAt = Math.max(bucket.fullAt, at) + each
    return ms
  }

  return {
    take: (key) => takeFrom(find(key) ?? add(key, { fullAt: 0 })),
    look: (key) => wait((recent.get(key) ?? older.get(key))?.fullAt ?? 0, now()),
    takeKnown (key) {
      const bucket = find(key)
      return bucket && takeFrom(bucket)
    },
    learn (key) {
      if (find(key) === undefined) add(key, { fullAt: 0 })
    },
    forget (key) {
      recent.delete(key)
      older.delete(key)
    }
  }
}
