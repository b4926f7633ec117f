import { withDeadline } from './deadline.ts'
import { DeliveryError, messageOf } from './errors.ts'
import type { Report } from './report.ts'
import type { Sink } from './sink.ts'

/** How long a sink may take to let go once it is told to. */
const graceMs = 700

/** Within which time reports are given to their sinks. */
export interface DeliverOptions {
  readonly signal: AbortSignal
  /** How long one write may take, in milliseconds. @default 60000 */
  readonly timeoutMs?: number
}

/**
 * Writes reports to a sink, whatever the sink does: one that never settles is given up on.
 *
 * @throws {DeliveryError} always one, with what the sink threw as its cause; or the signal's reason, once it aborts
 */
export async function deliver (sink: Sink, reports: readonly Report[], { signal, timeoutMs = 60_000 }: DeliverOptions): Promise<void> {
  try {
    await withDeadline(async (inner) => await sink.write(reports, { signal: inner }), {
      timeoutMs,
      signal,
      graceMs,
      tooLong: () => new DeliveryError(`the sink ${sink.name} took longer than ${timeoutMs} ms`, { retryable: true })
    })
  } catch (error) {
    signal.throwIfAborted()
    throw asDeliveryError(error, sink)
  }
}

/** Closes a sink, whatever the sink does. Rejects with what went wrong. */
export async function closeSink (sink: Sink): Promise<void> {
  if (sink.close === undefined) return
  const { signal } = new AbortController()
  await withDeadline(async () => await sink.close!(), { timeoutMs: graceMs, signal, tooLong: () => new Error(`the sink ${sink.name} did not close within ${graceMs} ms`) })
}

function asDeliveryError (error: unknown, { name }: Sink): DeliveryError {
  return error instanceof DeliveryError ? error : new DeliveryError(`the sink ${name} failed: ${messageOf(error)}`, { retryable: true, cause: error })
}
