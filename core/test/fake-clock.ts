import type { Clock } from '../src/index.ts'

export interface FakeClock extends Clock {
  /** Lets so many milliseconds pass, everything that is due in them happening at its time. */
  pass (ms: number): Promise<void>
  /** The machine sleeps: time passes, and what was due happens when it wakes. */
  suspend (ms: number): Promise<void>
  /** Somebody sets the wall clock by so much. */
  set (ms: number): void
  /** How many wait for their time. */
  readonly waiting: number
}

interface Sleeper { readonly at: number, readonly wake: () => void }

/** A clock that a test moves. */
export function fakeClock (): FakeClock {
  let now = 1000
  let offset = Date.UTC(2025, 0, 1)
  const sleepers = new Set<Sleeper>()
  const settle = async (): Promise<void> => await new Promise<void>((resolve) => { setImmediate(resolve) })
  const earliest = (): Sleeper | undefined => {
    let first: Sleeper | undefined
    for (const sleeper of sleepers) if (first === undefined || sleeper.at < first.at) first = sleeper
    return first
  }

  async function wakeDue (until: number): Promise<void> {
    await settle()
    for (let next = earliest(); next !== undefined && next.at <= until; next = earliest()) {
      now = Math.max(now, next.at)
      sleepers.delete(next)
      next.wake()
      await settle()
    }
  }

  return {
    now: () => now,
    date: () => now + offset,
    async sleep (ms, signal) {
      if (signal.aborted) return
      await new Promise<void>((resolve) => {
        const sleeper: Sleeper = { at: now + ms, wake: () => { signal.removeEventListener('abort', abort); resolve() } }
        const abort = (): void => { sleepers.delete(sleeper); resolve() }
        signal.addEventListener('abort', abort, { once: true })
        sleepers.add(sleeper)
      })
    },
    async pass (ms) {
      const until = now + ms
      await wakeDue(until)
      now = until
    },
    async suspend (ms) {
      await settle()
      now += ms
      await wakeDue(now)
    },
    set (ms) { offset += ms },
    get waiting () { return sleepers.size }
  }
}
