import { closeSink, deliver, DeliveryError, type Report, type Sink } from '@tatuscan/core'

/**
 * Delivers one report to one sink now, and closes the sink. One that keeps reports delivers what it has kept before.
 *
 * @throws {DeliveryError} where it was not delivered; the message says whether it is kept
 */
export async function sendReport (sink: Sink, report: Report, signal: AbortSignal): Promise<void> {
  try {
    await deliver(sink, [report], { signal })
    if (sink.flush === undefined) return
    const flush: Sink = { name: sink.name, write: async (_, context) => await sink.flush!(context) }
    await deliver(flush, [], { signal }).catch((error: unknown) => {
      const failure = explained(error, report)
      if (failure !== undefined) throw failure
    })
  } finally {
    await closeSink(sink).catch(() => {})
  }
}

/** @returns undefined where it is about others, that were kept from before */
function explained (error: unknown, { report_id: id }: Report): unknown {
  if (!(error instanceof DeliveryError)) return error
  if (error.retryable) return new DeliveryError(`the report is kept, and was not delivered: ${error.message}`, { retryable: true, cause: error })
  return error.refused.has(id) ? new DeliveryError(`the report was refused, and is put away in the spool's rejected/: ${error.refused.get(id)}`, { retryable: false, cause: error }) : undefined
}
