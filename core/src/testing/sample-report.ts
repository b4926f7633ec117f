import { createHash } from 'node:crypto'
import { createReportIds } from '../report-id.ts'
import type { Report } from '../report.ts'
import { agentVersion } from '../version.ts'

const nextReportId = createReportIds()
let count = 0

/** A valid report of a machine of its own, with facts of a collector called `sample`. */
export function sampleReport (changes: Partial<Report> = {}): Report {
  const hostname = changes.hostname ?? `sample-${++count}`
  return {
    machine_id: createHash('sha256').update(hostname).digest('hex'),
    hostname,
    ip: '192.0.2.10',
    os: 'linux',
    os_version: 'Debian GNU/Linux 12 (bookworm)',
    cpu_percent: 12.5,
    memory_total_mb: 8192,
    memory_used_mb: 4096,
    timestamp: new Date().toISOString(),
    report_id: nextReportId(),
    agent_version: agentVersion,
    interval_s: 60,
    facts: { sample: { answer: 42 } },
    failures: [],
    schemas: { sample: { type: 'object', title: 'Sample', properties: { answer: { type: 'integer', title: 'Answer' } } } },
    ...changes
  }
}
