/** How long what another server has changed may be unknown here, in milliseconds: half of the 2 seconds that are promised. */
const fresh = 1000

/** How many answers are kept. */
const most = 200_000

export interface Remembered {
  /** The answer under a key: kept, where nothing has changed since, else looked up. What is not found is not kept. */
  find<Answer>(key: string, look: () => Promise<Answer | undefined>): Promise<Answer | undefined>
  /** Another number after every change; undefined where the clock has to be looked at first. */
  epoch (): number | undefined
  /** Forgets everything: something has changed. */
  forget (): void
}

/**
 * Keeps answers for as long as the clock, which every change counts up, stands still. It is looked at once a second
 * where anybody asks, so that a report costs no query of its own.
 *
 * @param clock reads it
 */
export function remembered (clock: () => Promise<number>): Remembered {
  const kept = new Map<string, unknown>()
  let seq = -1
  let epoch = 0
  let lookedAt = -Infinity
  let looking: Promise<void> | undefined

  async function look (): Promise<void> {
    const began = performance.now()
    const now = await clock()
    if (now !== seq) forget()
    seq = now
    lookedAt = began
  }

  function forget (): void {
    kept.clear()
    epoch++
  }

  return {
    epoch: () => performance.now() - lookedAt > fresh ? undefined : epoch,
    async find<Answer> (key: string, lookUp: () => Promise<Answer | undefined>) {
      if (performance.now() - lookedAt > fresh) await (looking ??= look().finally(() => { looking = undefined }))
      const known = kept.get(key) as Answer | undefined
      if (known !== undefined) return known
      const before = epoch
      const found = await lookUp()
      if (found === undefined || before !== epoch) return found
      if (kept.size >= most) kept.delete(kept.keys().next().value!) // the oldest
      kept.set(key, found)
      return found
    },
    forget
  }
}
