/** How the waits between attempts are measured and made; a test has its own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now (): number
  /** Milliseconds since some moment, never going back. */
  uptime (): number
  /** 0 up to 1. */
  random (): number
  /** Rejects once the signal aborts. */
  sleep (ms: number, signal: AbortSignal): Promise<void>
}

const firstMs = 5000
const mostMs = 10 * 60_000
/** The longest that a server can ask for. */
const mostAskedMs = 24 * 3_600_000

/** The waits between attempts at a server that is away. */
export interface Backoff {
  /** How long to wait now, in milliseconds: uniform in [0, min(10 min, 5 s · 2ⁿ)), on top of what the server asked for. */
  next (askedMs?: number): number
  /** After any success n is 0 again. */
  reset (): void
}

/** The whole range is used, not its upper half: so a fleet that lost its server together doesn't return together. */
export function createBackoff (random: () => number): Backoff {
  let attempts = 0
  return {
    next: (askedMs = 0) => Math.min(askedMs, mostAskedMs) + random() * Math.min(mostMs, firstMs * 2 ** attempts++),
    reset () { attempts = 0 }
  }
}
