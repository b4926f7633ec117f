import { setTimeout as wait } from 'node:timers/promises'

/** The time that an agent lives by. */
export interface Clock {
  /** Milliseconds that only go on, at the same pace whatever becomes of the wall clock. */
  now (): number
  /** Milliseconds since 1970 by the wall clock, which people and time servers set. */
  date (): number
  /** Resolves after so many milliseconds of {@link now}, or once the signal aborts; never rejects. */
  sleep (ms: number, signal: AbortSignal): Promise<void>
}

/** What a timer can hold. */
const longestMs = 2 ** 31 - 1

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  async sleep (ms, signal) {
    await wait(Math.min(Math.max(ms, 0), longestMs), undefined, { signal }).catch(() => {}) // only the signal rejects it
  }
}
