export interface AttemptsOptions {
  /** How many may fail within the window. */
  readonly most: number
  readonly windowMs: number
  /** Milliseconds that only go up. @default performance.now */
  readonly now?: () => number
}

export interface Attempts {
  /** Counts an attempt as one that fails; seconds until the next may be made where there were too many, else 0. */
  begin (key: string): number
  /** The attempt did not fail. */
  undo (key: string): void
}

/** How many keys are remembered: the oldest go first. */
const remembered = 100_000

/**
 * Counts what fails by a key, in windows that begin with the first that does. An attempt counts from its start, so that
 * many at once are no way around.
 */
export function countAttempts ({ most, windowMs, now = () => performance.now() }: AttemptsOptions): Attempts {
  const windows = new Map<string, { count: number, readonly ends: number }>()
  return {
    begin (key) {
      const found = windows.get(key)
      if (found !== undefined && found.ends > now()) {
        if (found.count >= most) return Math.ceil((found.ends - now()) / 1000)
        found.count++
        return 0
      }
      windows.delete(key)
      if (windows.size >= remembered) windows.delete(windows.keys().next().value!)
      windows.set(key, { count: 1, ends: now() + windowMs })
      return 0
    },
    undo (key) {
      const found = windows.get(key)
      if (found !== undefined) found.count--
    }
  }
}
