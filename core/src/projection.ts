import os from 'node:os'
import type { FactsByCollector, OriginalReport } from './report.ts'

type Projected = Omit<OriginalReport, 'machine_id' | 'timestamp'>

/**
 * The one table that makes the original's fields from facts. What no collector told is null, except hostname and os,
 * which a report can't be without: they then come from Node itself.
 */
const projection: { readonly [Field in keyof Projected]: (facts: FactsByCollector) => Projected[Field] } = {
  hostname: ({ os: facts }) => text(facts?.hostname) ?? (os.hostname() || 'unknown'),
  ip: ({ network }) => text(network?.primary_ipv4),
  os: ({ os: facts }) => text(facts?.platform) ?? platformName(process.platform),
  os_version: ({ os: facts }) => text(facts?.version),
  cpu_percent: ({ cpu }) => within(cpu?.percent, 100),
  memory_total_mb: ({ memory }) => mebibytes(memory?.total_mb),
  memory_used_mb: ({ memory }) => mebibytes(memory?.used_mb)
}

/** Projects facts to the original's fields, less `machine_id` and `timestamp`. */
export function projectFacts (facts: FactsByCollector): Projected {
  return Object.fromEntries(Object.entries(projection).map(([field, project]) => [field, project(facts)])) as unknown as Projected
}

/** The platform's name on the wire: Node's, except for Windows. */
export function platformName (platform: string): string {
  return platform === 'win32' ? 'windows' : platform
}

function text (fact: unknown): string | null {
  return typeof fact === 'string' && fact !== '' ? fact : null
}

function within (fact: unknown, maximum: number): number | null {
  return typeof fact === 'number' && fact >= 0 && fact <= maximum ? fact : null
}

function mebibytes (fact: unknown): number | null {
  const value = within(fact, Number.MAX_SAFE_INTEGER)
  return value === null ? null : Math.round(value)
}
