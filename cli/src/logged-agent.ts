import { messageOf, runAgent, type Sink } from '@tatuscan/core'
import type { Logger } from 'pino'
import type { Settings } from './settings.ts'
import { surviveStrays } from './strays.ts'

export interface LoggedAgentOptions {
  readonly settings: Settings
  readonly sinks: readonly Sink[]
  readonly nextReportId: () => string
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Runs the agent, and logs what it does. */
export async function runLoggedAgent ({ settings: { collectors, timeoutMs, intervalMs }, sinks, nextReportId, log, signal }: LoggedAgentOptions): Promise<void> {
  surviveStrays((message) => log.error(message))
  await runAgent({
    collectors,
    sinks,
    nextReportId,
    timeoutMs,
    intervalMs,
    signal,
    onReport: ({ report_id, failures, facts }) => {
      for (const failure of failures) log.warn(failure, `the collector ${failure.collector} failed: ${failure.message}`)
      log.debug({ report_id, collectors: Object.keys(facts) }, 'collected a report')
    },
    onDelivered: ({ report_id }, { name }) => log.debug({ report_id, sink: name }, 'delivered a report'),
    onError: (error, sink) => log.error({ code: (error as { code?: unknown }).code, sink: sink?.name }, messageOf(error))
  })
}
