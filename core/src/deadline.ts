export interface DeadlineOptions {
  readonly timeoutMs: number
  /** Ends the work early, with its reason. */
  readonly signal: AbortSignal
  /** How long the work may go on tidying up after the signal. @default 0 */
  readonly graceMs?: number
  /** The error where the work takes too long. */
  readonly tooLong: () => Error
}

/** One deadline for all that begins at the same time. */
export interface Deadline {
  /**
   * Begins a plugin's work. It is given a signal that aborts at the deadline and with the outer one; whether it obeys
   * or not, this settles.
   */
  within<Result> (work: (signal: AbortSignal) => Promise<Result>): Promise<Result>
  /** Counts the time from now on, and no longer once all that was begun is over. */
  over<Result> (runs: ReadonlyArray<Promise<Result>>): Promise<Result[]>
}

/**
 * Opens a deadline for work that is about to begin, and must then be waited for with `over`.
 *
 * The timer keeps the process alive on purpose: work that never settles and holds no handle would otherwise end it
 * before the deadline. Where the timer itself is late, somebody else held the thread meanwhile, and that time is given
 * back.
 */
export function openDeadline ({ timeoutMs, signal, graceMs = 0, tooLong }: DeadlineOptions): Deadline {
  const inner = new AbortController()
  const { promise: ended, reject } = Promise.withResolvers<never>()
  ended.catch(() => {}) // there may be nobody to hear of it
  let timer: NodeJS.Timeout | undefined
  /** The error of what held the thread itself, and may not have ended yet. */
  let held: Error | undefined
  const arm = (ms: number, elapse: () => void): void => {
    const due = performance.now() + ms
    clearTimeout(timer)
    timer = setTimeout(() => {
      const late = performance.now() - due
      if (late > 20) arm(late, elapse)
      else elapse()
    }, ms)
  }
  const expire = (): void => {
    const error = tooLong()
    reject(error)
    inner.abort(error)
  }
  const stop = (): void => {
    inner.abort(signal.reason)
    if (graceMs === 0) reject(signal.reason)
    else arm(graceMs, () => reject(signal.reason))
  }
  signal.addEventListener('abort', stop, { once: true })

  return {
    async within (work) {
      signal.throwIfAborted()
      const started = performance.now()
      const working = work(inner.signal)
      if (performance.now() - started <= timeoutMs) return await Promise.race([ended, working])
      working.catch(() => {})
      throw held = tooLong()
    },
    async over (runs) {
      try {
        if (!signal.aborted) arm(timeoutMs, expire)
        return await Promise.all(runs)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        if (held !== undefined) inner.abort(held)
      }
    }
  }
}

/** Runs one piece of work under a deadline of its own, see {@link openDeadline}. */
export async function withDeadline<Result> (work: (signal: AbortSignal) => Promise<Result>, options: DeadlineOptions): Promise<Result> {
  const deadline = openDeadline(options)
  const [result] = await deadline.over([deadline.within(work)])
  return result!
}
