import type { KnownCollector } from '@tatuscan/core'
import { rowsOf, sectionsText, shown, type Row } from '../report-table.ts'
import type { MachineItem } from './item.ts'

/** One machine for people: what is known of it, each collector's facts with titles and units, then what failed. */
export function machineSections (item: MachineItem, schemas: readonly Pick<KnownCollector, 'name' | 'schema'>[]): string {
  const known = new Map(schemas.map(({ name, schema }) => [name, schema as { title?: string }]))
  const { facts = {}, failures = [] } = item
  const days = item.activation_days === null ? '' : ` (${item.activation_days} days)`
  return sectionsText([
    [item.hostname, [
      ['Machine id', item.machine_id],
      ['Status', `${item.status}, last seen ${item.last_seen}`],
      ['IP address', shown(item.ip)],
      ['System', `${shown(item.os_version)} (${shown(item.os)})`],
      ['CPU', item.cpu_percent === null ? '–' : `${item.cpu_percent} % in use`],
      ['Memory', item.memory_total_mb === null ? '–' : `${item.memory_used_mb ?? '?'} of ${item.memory_total_mb} MiB in use`],
      ['Model', shown(item.computer_model)],
      ['Activated', `${shown(item.computer_activation)}${days}`],
      ['First seen', item.created_at],
      ['Last changed', shown(item.updated_at)],
      ['Agent', shown(item.agent_version)]
    ]],
    ...Object.entries(facts).map(([name, told]): [string, Row[]] => [known.get(name)?.title ?? name, rowsOf(told, known.get(name))]),
    ...failures.length === 0 ? [] : [['Failures', failures.map(({ collector, message, code }): Row => [collector, shown(`${message} (${code})`)])] as [string, Row[]]]
  ])
}
