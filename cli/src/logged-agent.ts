import { containerWarning, keepIdentity, listedInterfaces, messageOf, runAgent, stateFolder, type FactsByCollector, type Failure, type Sink } from '@tatuscan/core'
import type { AgentLog } from './log.ts'
import type { Settings } from './settings.ts'
import { surviveStrays } from './strays.ts'

export interface LoggedAgentOptions {
  readonly settings: Settings
  readonly sinks: readonly Sink[]
  readonly nextReportId: () => string
  readonly log: AgentLog
  readonly signal: AbortSignal
}

/** Runs the agent, and logs what it does. */
export async function runLoggedAgent ({ settings: { collectors, timeoutMs, intervalMs }, sinks, nextReportId, log, signal }: LoggedAgentOptions): Promise<void> {
  surviveStrays((message) => log.error({}, message))
  const folder = stateFolder()
  const decide = keepIdentity({ folder, onWarning: (message) => log.warn({}, message) })
  let known: string | undefined
  let waitedFor: string | undefined
  const tellPassedOver = passedOverLog(log)
  const logFailures = failureLog(log)
  await runAgent({
    collectors,
    sinks,
    nextReportId,
    timeoutMs,
    intervalMs,
    signal,
    identify: (facts, failures) => {
      tellPassedOver(facts)
      const decision = decide(facts, failures)
      if (decision.pending === undefined && decision.machine_id !== known) {
        known = decision.machine_id
        const { machine_id, basis, why } = decision
        log.info({ machine_id, basis, why }, `this machine is ${machine_id}`)
        const warning = containerWarning({ os: facts.os, folder, evidence: decision.keep?.evidence })
        if (warning !== undefined) log.warn({}, warning)
      }
      return decision
    },
    onPending: (what) => {
      if (what !== waitedFor) log.warn({}, `the first report waits, for 2 minutes at most, since this machine's identity may change yet: ${what}`)
      waitedFor = what
    },
    onReport: ({ report_id, failures, facts }) => {
      logFailures(failures)
      log.debug({ report_id, collectors: Object.keys(facts) }, 'collected a report')
    },
    onDelivered: ({ report_id }, { name }) => log.debug({ report_id, sink: name }, 'delivered a report'),
    onError: (error, sink) => log.error({ code: (error as { code?: unknown }).code, sink: sink?.name }, messageOf(error))
  })
}

/** Warns of what failed; of a pause once, as it begins, while each report has it in its failures. */
function failureLog (log: AgentLog): (failures: readonly Failure[]) => void {
  let paused: readonly string[] = []
  return (failures) => {
    const before = paused
    paused = failures.filter(({ code }) => code === 'TATUSCAN_COLLECTOR_PAUSED').map(({ collector }) => collector)
    for (const failure of failures) {
      const { collector, message } = failure
      if (!paused.includes(collector)) log.warn(failure, `the collector ${collector} failed: ${message}`)
      else if (!before.includes(collector)) log.warn(failure, `the collector ${collector} is ${message}`)
    }
  }
}

/** At debug, says of every interface why its MAC is no evidence: at first, and when it changes. */
function passedOverLog (log: AgentLog): (facts: FactsByCollector) => void {
  if (!log.isLevelEnabled('debug')) return () => {}
  let told = new Map<string, string | null>()
  return ({ network }) => {
    const found = listedInterfaces(network?.interfaces)
    for (const { name, mac, passed_over: why } of found) {
      if (told.get(name) === why) continue
      if (why === null) log.debug({ interface: name, mac }, `the interface ${name} identifies this machine`)
      else log.debug({ interface: name, mac, why }, `the interface ${name} was passed over: ${why}`)
    }
    told = new Map(found.map(({ name, passed_over: why }) => [name, why]))
  }
}
