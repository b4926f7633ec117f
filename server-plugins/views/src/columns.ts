import { factOf, formatInstant, sortKeys, type FactKey, type KnownCollector, type Machine, type SortKey } from '@tatuscan/core'
import { collectorTitle, describeFact, knownFacts, type Shown } from './describe-facts.ts'
import { osLabel } from './labels.ts'
import type { Catalogue } from './locales/index.ts'

/** What a cell of the report shows: a fact, a share of a whole as a bar, or how long ago something was. */
export type Cell =
  | Shown
  | { readonly kind: 'share', readonly value: number, readonly unit: '%' | 'MiB', readonly percent: number | undefined, readonly whole?: number }
  | { readonly kind: 'ago', readonly value: Date }
  | { readonly kind: 'day', readonly value: Date }
  | { readonly kind: 'code', readonly text: string }

export interface Column {
  /** As the address names it: `ip`, `facts.os.kernel`. */
  readonly name: string
  readonly label: string
  /** The same in a word, where there is little room. */
  readonly short?: string
  /** The title of the collector whose fact it is. */
  readonly collector?: string
  readonly unit?: string | undefined
  readonly numeric: boolean
  /** Undefined: it can't be sorted by. */
  readonly sort: SortKey | FactKey | undefined
  /** Numbers and times are first wanted from the top. */
  readonly first: 'asc' | 'desc'
  readonly show: (machine: Machine) => Cell
  /** As CSV has it: bare, times as ISO 8601. */
  readonly raw: (machine: Machine) => unknown
  /** Kept beside a machine's row, and asked for where it is needed. */
  readonly needs?: 'facts' | 'failures'
}

/** Shown until somebody chooses. */
export const usualColumns = ['ip', 'os', 'os_version', 'cpu_percent', 'memory_used_mb', 'last_seen']

/** What the address asks for; the usual ones where it names none that is known. */
export function chosenColumns (asked: string | undefined, known: readonly Column[]): Column[] {
  const names = new Set(asked?.split(',') ?? [])
  const chosen = [...names].flatMap((name) => known.find((column) => column.name === name) ?? []).slice(0, mostColumns)
  return chosen.length > 0 ? chosen : known.filter(({ name }) => usualColumns.includes(name))
}

const mostColumns = 30

export interface ColumnWords {
  readonly t: Catalogue
  readonly timeZone: string
}

/** All that can be a column: a machine's own fields, then each fact that a collector's schema tells of. The hostname and the status stand before them. */
export function knownColumns (collectors: readonly KnownCollector[], words: ColumnWords): Column[] {
  return [...ownColumns(words), ...factColumns(collectors, words)]
}

function ownColumns ({ t, timeZone }: ColumnWords): Column[] {
  const text = (value: string | null): Cell => value ? { kind: 'text', text: value } : { kind: 'unknown' }
  const instant = (value: Date | null) => value === null ? null : formatInstant(value, timeZone)
  const column = (name: keyof Catalogue['fields'], show: Column['show'], raw: Column['raw'], more: Partial<Column> = {}): Column => ({
    name, label: t.fields[name], numeric: false, sort: sortKeys.find((key) => key === name), first: 'asc', show, raw, ...more
  })
  const plain = (name: 'ip' | 'os_version' | 'computer_model' | 'agent_version') => column(name, (machine) => text(machine[name]), (machine) => machine[name])
  const number = (name: 'memory_total_mb' | 'activation_days' | 'interval_s', unit?: string) => column(name, (machine) => {
    const value = machine[name]
    return value === null ? { kind: 'unknown' } : { kind: 'number', value, unit }
  }, (machine) => machine[name], { numeric: true, first: 'desc', unit })
  const time = (name: 'created_at' | 'updated_at' | 'last_seen') => column(name, (machine) => {
    const value = machine[name]
    return value === null ? { kind: 'unknown' } : { kind: 'ago', value }
  }, (machine) => instant(machine[name]), { numeric: true, first: 'desc' })
  return [
    plain('ip'),
    column('os', ({ os }) => text(osLabel(os, t)), ({ os }) => os),
    plain('os_version'),
    column('cpu_percent', ({ cpu_percent: value }) => value === null ? { kind: 'unknown' } : { kind: 'share', value, unit: '%', percent: value },
      ({ cpu_percent }) => cpu_percent, { numeric: true, first: 'desc', unit: '%' }),
    column('memory_used_mb', ({ memory_used_mb: value, memory_total_mb: whole }) => {
      if (value === null) return { kind: 'unknown' }
      return { kind: 'share', value, unit: 'MiB', ...whole ? { percent: Math.min(100, value / whole * 100), whole } : { percent: undefined } }
    }, ({ memory_used_mb }) => memory_used_mb, { short: t.fields.memory_total_mb, numeric: true, first: 'desc', unit: 'MiB' }),
    number('memory_total_mb', 'MiB'),
    time('last_seen'),
    time('created_at'),
    time('updated_at'),
    plain('computer_model'),
    column('computer_activation', ({ computer_activation: value }) => value === null ? { kind: 'unknown' } : { kind: 'day', value },
      ({ computer_activation }) => instant(computer_activation), { numeric: true }),
    number('activation_days'),
    plain('agent_version'),
    number('interval_s', 's'),
    column('failures', ({ failures = [] }) => failures.length === 0 ? { kind: 'unknown' } : { kind: 'text', text: failures.map(({ collector }) => collector).join(', ') },
      ({ failures = [] }) => failures.map(({ collector }) => collector).join(', '), { needs: 'failures' }),
    column('machine_id', ({ machine_id }) => ({ kind: 'code', text: machine_id }), ({ machine_id }) => machine_id)
  ]
}

function factColumns (collectors: readonly KnownCollector[], { t }: ColumnWords): Column[] {
  return collectors.flatMap(({ name: collector, schema }) => knownFacts(schema, t.titled).map((fact): Column => {
    const name = { collector, keys: fact.keys }
    return {
      name: `facts.${collector}.${fact.keys.join('.')}`,
      label: fact.label,
      collector: collectorTitle(collector, schema, t.titled),
      unit: fact.unit,
      numeric: fact.numeric,
      sort: fact.plain ? `facts.${collector}.${fact.keys.join('.')}` : undefined,
      first: fact.numeric ? 'desc' : 'asc',
      needs: 'facts',
      show: ({ facts }) => {
        const shown = describeFact(factOf(facts, name), fact.schema, t.titled)
        const entries = shown.kind === 'table' ? shown.rows.length : shown.kind === 'group' ? shown.rows.length : undefined
        return entries === undefined ? shown : { kind: 'text', text: t.report.entries(entries, String(entries)) }
      },
      raw: ({ facts }) => factOf(facts, name)
    }
  }))
}
