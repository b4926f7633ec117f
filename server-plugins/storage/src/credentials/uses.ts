/** To what an hour's use is kept, in milliseconds: it is written this often at most. */
const grain = 5 * 60_000

/** How long a use waits to be written with others, in milliseconds. */
const delay = 5000

/** The same of a first use, by which another server knows that a machine's agent is alive. */
const firstDelay = 100

export interface Uses {
  /** Notes that it is used now. @param known when it was used before, as the database has it */
  note (hash: string, known: number | null): void
  /** Writes what waits, now. */
  flush (): Promise<void>
}

/** Gathers when secrets were used, so that using one costs no transaction. @param write what was used when; what it can't write is tried again */
export function gatherUses (write: (uses: ReadonlyMap<string, number>) => Promise<void>): Uses {
  let waiting = new Map<string, number>()
  /** What was written or waits, by which a cached answer's older time doesn't count. */
  const noted = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let due = Infinity

  async function flush (): Promise<void> {
    clearTimeout(timer)
    due = Infinity
    if (waiting.size === 0) return
    const uses = waiting
    waiting = new Map()
    try {
      await write(uses)
    } catch (error) {
      for (const [hash, at] of uses) if (!waiting.has(hash)) waiting.set(hash, at)
      later(delay)
      throw error
    }
  }

  function later (ms: number): void {
    const at = performance.now() + ms
    if (at >= due) return
    clearTimeout(timer)
    due = at
    timer = setTimeout(() => { flush().catch(() => {}) }, ms).unref() // tried again
  }

  return {
    note (hash, known) {
      const now = Date.now()
      if (now - Math.max(known ?? -Infinity, noted.get(hash) ?? -Infinity) < grain) return
      if (noted.size > 200_000) noted.clear()
      noted.set(hash, now)
      waiting.set(hash, now)
      later(known === null ? firstDelay : delay)
    },
    flush
  }
}
