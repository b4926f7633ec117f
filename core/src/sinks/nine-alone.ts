import { originalFields, type OriginalReport, type Report } from '../report.ts'

/** A report as the original's server takes it: its nine fields, with '' and 0 where TatuScan says null. */
export function nineAlone (report: Report): OriginalReport {
  const nine = Object.fromEntries(originalFields.map((field) => [field, report[field]])) as unknown as OriginalReport
  return {
    ...nine,
    ip: nine.ip ?? '',
    os_version: nine.os_version ?? '',
    cpu_percent: nine.cpu_percent ?? 0,
    memory_total_mb: nine.memory_total_mb ?? 0,
    memory_used_mb: nine.memory_used_mb ?? 0
  }
}
