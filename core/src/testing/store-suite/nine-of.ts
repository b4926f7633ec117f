import type { IncomingReport } from '../../machine-store.ts'
import { originalFields } from '../../report.ts'

/** A report of the original's nine fields alone: no id, no facts. */
export function nineOf (report: IncomingReport): IncomingReport {
  return Object.fromEntries(originalFields.map((field) => [field, report[field]])) as unknown as IncomingReport
}
