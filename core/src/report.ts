import type { Static, TSchema } from 'typebox'

/** Text without NUL, which PostgreSQL can't keep. */
const text = { type: 'string', pattern: '^[^\\u0000]*$' } as const
const optionalText = { type: ['string', 'null'], pattern: '^[^\\u0000]*$' } as const
const mebibytes = { type: ['integer', 'null'], minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const

/** A row of `failures`: what a collector could not tell, and why. */
const failureSchema = {
  type: 'object',
  required: ['collector', 'code', 'message', 'ms'],
  properties: {
    collector: { ...text, minLength: 1, maxLength: 64, title: 'Collector' },
    code: { ...text, maxLength: 64, title: 'Stable error code' },
    message: { ...text, maxLength: 500, title: 'What went wrong' },
    ms: { type: 'number', minimum: 0, title: 'Time taken', unit: 'ms' }
  }
} as const satisfies TSchema

/**
 * The report as it goes over the wire: the original's nine fields, and what TatuScan adds beside them. The nine alone
 * are a full citizen; null means unknown. MB are MiB (1,048,576 bytes), as in the original.
 */
export const reportSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://tatuscan.dev/report.schema.json',
  title: 'TatuScan report',
  type: 'object',
  required: ['machine_id', 'hostname', 'ip', 'os', 'cpu_percent', 'memory_total_mb'],
  properties: {
    machine_id: { type: 'string', pattern: '^[0-9a-fA-F]{64}$', title: 'Machine id', description: '64 hexadecimal digits; the server keeps them in lower case' },
    hostname: { ...text, minLength: 1, title: 'Hostname', description: 'the server keeps 100 characters' },
    ip: { ...optionalText, title: 'IP address', description: 'the server keeps 45 characters' },
    os: { ...text, minLength: 1, title: 'Operating system', description: 'linux, windows or darwin' },
    os_version: { ...optionalText, title: 'OS version', description: 'the server keeps 100 characters' },
    cpu_percent: { type: ['number', 'null'], minimum: 0, maximum: 100, title: 'CPU in use', unit: '%' },
    memory_total_mb: { ...mebibytes, title: 'Memory', unit: 'MiB' },
    memory_used_mb: { ...mebibytes, title: 'Memory in use', unit: 'MiB' },
    timestamp: { ...text, title: 'When it was collected', description: "ISO 8601, by the agent's clock" },
    report_id: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', title: 'Report id', description: 'UUIDv7, made when collected' },
    agent_version: { ...text, title: 'Agent version', description: 'the server keeps 64 characters' },
    interval_s: { type: 'number', exclusiveMinimum: 0, maximum: 31_536_000, title: 'Reporting interval', unit: 's' },
    facts: { type: 'object', additionalProperties: { type: 'object' }, title: 'Facts', description: 'by collector' },
    failures: { type: 'array', items: failureSchema, title: 'Failures' },
    schemas: { type: 'object', additionalProperties: { type: 'object' }, title: 'Schemas', description: 'JSON Schema of facts, by collector; sent when new or changed' }
  }
} as const satisfies TSchema

/** A row of a report's `failures`: a collector that told nothing, and why. */
export type Failure = Static<typeof failureSchema>

/** The facts of one report, by collector. */
export type FactsByCollector = Record<string, Record<string, unknown>>

/** The original's nine fields. */
export interface OriginalReport {
  /** 64 lower case hexadecimal digits. */
  machine_id: string
  hostname: string
  ip: string | null
  os: string
  os_version: string | null
  /** 0 to 100. */
  cpu_percent: number | null
  /** MiB. */
  memory_total_mb: number | null
  /** MiB. */
  memory_used_mb: number | null
  /** ISO 8601 with offset, by the agent's clock. */
  timestamp: string
}

/** One report, in the very shape in which it goes over the wire. */
export interface Report extends OriginalReport {
  /** UUIDv7, strictly increasing per agent. */
  report_id: string
  agent_version: string
  /** Seconds between two reports. */
  interval_s: number
  facts: FactsByCollector
  failures: Failure[]
  /** The JSON Schema of each collector's facts. */
  schemas: Record<string, TSchema>
}

/** The names of the original's nine fields, in its order. */
export const originalFields = [
  'machine_id', 'hostname', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'timestamp'
] as const satisfies readonly (keyof OriginalReport)[]
