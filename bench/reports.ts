import { createHash } from 'node:crypto'
import { collectReport, createReportIds, originalFields, type Report } from '@tatuscan/core'
import { cpu } from '@tatuscan/collector-cpu'
import { memory } from '@tatuscan/collector-memory'
import { network } from '@tatuscan/collector-network'
import { os } from '@tatuscan/collector-os'

/** Bodies of many machines, one after another, without end. */
export type NextBody = () => string

/** The original's nine fields, over this many machines. */
export function nineAlone (machines: number): NextBody {
  const bodies = Array.from({ length: machines }, (_, index) => JSON.stringify(Object.fromEntries(originalFields.map((field) => [field, {
    machine_id: idOf(index),
    hostname: `machine-${index}`,
    ip: `10.0.${index >> 8}.${index & 255}`,
    os: 'linux',
    os_version: 'Debian GNU/Linux 12 (bookworm)',
    cpu_percent: index % 100,
    memory_total_mb: 16_384,
    memory_used_mb: 4096 + index,
    timestamp: '2026-01-02T03:04:05Z'
  }[field]]))))
  return cycle(bodies, (body) => body)
}

/**
 * The agent's full report of this machine, about 3 kB, under a new report_id each time and another machine's name. What
 * changes from one report of a machine to the next does so here too: the use of CPU and memory, also in the facts.
 */
export async function fullReport (machines: number): Promise<NextBody> {
  const { schemas: _, ...report } = await collectReport({ collectors: [network(), os(), cpu(), memory()] })
  const nextReportId = createReportIds()
  const { facts, ...rest } = padded(report)
  const template = JSON.stringify({
    ...rest,
    machine_id: '@machine',
    hostname: '@hostname',
    report_id: '@report',
    cpu_percent: '@cpu',
    memory_used_mb: '@used',
    facts: { ...facts, cpu: { ...facts.cpu, percent: '@cpu' }, memory: { ...facts.memory, used_mb: '@used' } }
  }).replaceAll(/"(@cpu|@used)"/g, '$1')
  const parts = template.split(/(@machine|@hostname|@report|@cpu|@used)/)
  const ids = Array.from({ length: machines }, (_, index) => idOf(index))
  let count = 0
  return cycle(ids.map((_, index) => index), (index) => {
    count++
    const values: Record<string, string> = {
      '@machine': ids[index]!, '@hostname': `machine-${index}`, '@report': nextReportId(), '@cpu': String(count % 1000 / 10), '@used': String(4096 + count % 4001)
    }
    return parts.map((part) => values[part] ?? part).join('')
  })
}

/** Brings the facts to the size that an agent on a host with some more interfaces sends. */
function padded (report: Omit<Report, 'schemas'>): Omit<Report, 'schemas'> {
  const { interfaces } = report.facts.network as { interfaces: { name: string }[] }
  const copies = [...interfaces]
  while (interfaces.length > 0 && JSON.stringify({ ...report, facts: { ...report.facts, network: { ...report.facts.network, interfaces: copies } } }).length < 2900) {
    copies.push({ ...interfaces.at(-1)!, name: `eth${copies.length}` })
  }
  return { ...report, facts: { ...report.facts, network: { ...report.facts.network, interfaces: copies } } }
}

function idOf (index: number): string {
  return createHash('sha256').update(`bench-${index}`).digest('hex')
}

function cycle<Item> (items: readonly Item[], body: (item: Item) => string): NextBody {
  let next = 0
  return () => body(items[next++ % items.length]!)
}
