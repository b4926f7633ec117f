export interface DeadlineOptions {
  readonly timeoutMs: number
  /** Ends the work early, with its reason. */
  readonly signal: AbortSignal
  /** How long the work may go on tidying up after the signal. @default 0 */
  readonly graceMs?: number
  /** The error where the work takes too long. */
  readonly tooLong: () => Error
}

/**
 * Runs a plugin's work under a deadline of its own. The work is given a signal that aborts at the deadline and with
 * the outer one; whether it obeys or not, this settles.
 *
 * The timer keeps the process alive on purpose: work that never settles and holds no handle would otherwise end it
 * before the deadline. Where the timer itself is late, somebody else held the thread meanwhile, and that time is given
 * back.
 */
export async function withDeadline<Result> (work: (signal: AbortSignal) => Promise<Result>, {
  timeoutMs, signal, graceMs = 0, tooLong
}: DeadlineOptions): Promise<Result> {
  signal.throwIfAborted()
  const inner = new AbortController()
  const { promise: ended, reject } = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
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
  try {
    arm(timeoutMs, expire)
    const started = performance.now()
    const working = work(inner.signal)
    if (performance.now() - started > timeoutMs) expire() // it held the thread itself
    return await Promise.race([ended, working])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
