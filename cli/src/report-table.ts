import { styleText } from 'node:util'
import type { Collector, Report } from '@tatuscan/core'
import { printable } from './printable.ts'

/** The parts of a JSON Schema that say how to show a fact. */
export interface Shown {
  readonly title?: string
  readonly unit?: string
  readonly properties?: Record<string, Shown>
  readonly items?: Shown
}

export type Row = readonly [label: string, value: string]

/** One report for people: the nine fields, then each collector's facts with titles and units, then what failed. */
export function reportTable (report: Report): string {
  const { failures, facts, schemas } = report
  const memory = report.memory_total_mb === null ? null : `${report.memory_used_mb ?? '?'} of ${report.memory_total_mb} MiB in use`
  const sections: [string, Row[]][] = [
    [report.hostname, [
      ['Machine id', report.machine_id],
      ['IP address', shown(report.ip)],
      ['System', `${shown(report.os_version)} (${report.os})`],
      ['CPU', report.cpu_percent === null ? '–' : `${report.cpu_percent} % in use`],
      ['Memory', shown(memory)],
      ['Collected', report.timestamp]
    ]],
    ...Object.entries(facts).map(([name, told]): [string, Row[]] => {
      const schema = schemas[name] as Shown | undefined
      return [schema?.title ?? name, rowsOf(told, schema)]
    }),
    ...failures.length === 0 ? [] : [['Failures', failures.map(({ collector, message, code }): Row => [collector, `${message} (${code})`])] as [string, Row[]]]
  ]
  return sectionsText(sections)
}

/** What is plugged in: each collector with the facts that its schema names. */
export function collectorsTable (collectors: readonly Collector[]): string {
  return collectors.map(({ name, schema }) => {
    const { title, properties = {} } = schema as Shown
    const rows = Object.entries(properties).map(([fact, { title: label, unit }]): Row => [fact, `${label ?? ''}${unit === undefined ? '' : ` (${unit})`}`])
    return [heading(title === undefined ? name : `${name}: ${title}`), ...aligned(rows)].join('\n')
  }).join('\n\n')
}

/** Sections, each a heading and rows whose labels are aligned. */
export function sectionsText (sections: readonly (readonly [title: string, rows: readonly Row[]])[]): string {
  return sections.map(([title, rows]) => [heading(title), ...aligned(rows)].join('\n')).join('\n\n')
}

/** Facts as rows, with the titles and units of their schema. */
export function rowsOf (facts: Record<string, unknown>, schema: Shown | undefined): Row[] {
  return Object.entries(facts).flatMap(([fact, value]): Row[] => {
    const { title = fact, unit, items } = schema?.properties?.[fact] ?? {}
    if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null)) {
      return value.map((item: unknown, index): Row => [index === 0 ? title : '', compact(item, items)])
    }
    return [[title, withUnit(value, unit)]]
  })
}

/** One item of a list on one line: what it is called first, then what is there of the rest. */
function compact (item: unknown, schema: Shown | undefined): string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return shown(item)
  const parts = Object.entries(item).flatMap(([key, value]) => {
    if (value === null || value === false || (Array.isArray(value) && value.length === 0)) return []
    const { title = key, unit } = schema?.properties?.[key] ?? {}
    return [value === true ? title.toLowerCase() : withUnit(value, unit)]
  })
  return parts.join('  ')
}

function withUnit (value: unknown, unit: string | undefined): string {
  return value === null || unit === undefined ? shown(value) : `${shown(value)} ${unit}`
}

/** A value as text that can't steer a terminal. */
export function shown (value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(shown).join(', ')
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return printable(text)
}

function heading (title: string): string {
  return styleText('bold', shown(title), { stream: process.stdout })
}

function aligned (rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([label]) => shown(label).length), 0)
  return rows.map(([label, value]) => `  ${(label === '' ? '' : shown(label)).padEnd(width)}  ${value}`)
}
