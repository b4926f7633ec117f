export { checkCollectors, type CollectContext, type Collector } from './collector.ts'
export { collectReport, type CollectReportOptions } from './collect-report.ts'
export { parseDuration } from './duration.ts'
export { DeliveryError, messageOf, TatuScanError, type ErrorCode, type ErrorDetail, type TatuScanErrorOptions } from './errors.ts'
export { invalidRequest, toHttpError, type HttpError, type HttpErrorBody, type ValidationError } from './http-error.ts'
export { identify, type Identity, type IdentityBasis } from './identity.ts'
export { limits } from './limits.ts'
export {
  machineStatuses, sortKeys, type Group, type IncomingReport, type KnownCollector, type Machine, type MachineChanges, type MachineFilter,
  type MachinePage, type MachineQuery, type MachineStatus, type MachineStore, type Saved, type SortKey, type Summary
} from './machine-store.ts'
export { machineItem, machineItemSchema } from './machine-item.ts'
export { platformName, projectFacts } from './projection.ts'
export { createReportIds } from './report-id.ts'
export { originalFields, reportSchema, type FactsByCollector, type Failure, type OriginalReport, type Report } from './report.ts'
export { runAgent, type RunAgentOptions } from './run-agent.ts'
export type { Sink, WriteContext } from './sink.ts'
export { agentVersion } from './version.ts'
export { formatInstant, isTimeZone, parseInstant } from './zoned-time.ts'
