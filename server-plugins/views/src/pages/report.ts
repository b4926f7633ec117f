import { TatuScanError, type KnownCollector, type MachineFilter, type MachinePage, type MachineStatus, type NumberField } from '@tatuscan/core'
import { chosenColumns, knownColumns, usualColumns, type Column } from '../columns.ts'
import { collectorTitle, knownFacts } from '../describe-facts.ts'
import { figureAge } from '../figure-age.ts'
import { filterForm, formFields, readFilterForm } from '../filter-form.ts'
import { osLabel } from '../labels.ts'
import type { Query } from '../links.ts'
import { marksOf } from '../marks.ts'
import type { MakePage, PageContext } from '../page.ts'
import { filterOf, filterParams, orderOf, wholeNumber } from '../query.ts'

const pageSize = 50

const keyColumns = ['cpu_percent', 'memory_used_mb', 'last_seen']

/** The machines that match, as a table. The address is the whole state: filter, order, columns, page. */
export const reportPage: MakePage = async (context) => {
  const { machines, query, url, t, formats, links, timeZone } = context
  if (query.asked !== undefined) return { redirect: links.report(readFilterForm(query, t)) }
  const filter = filterOf(query, timeZone)
  const order = orderOf(query)
  const limit = wholeNumber(query.limit, { minimum: 1, maximum: 1000, otherwise: pageSize })
  const collectors = await machines.collectors()
  const known = knownColumns(collectors, context)
  const columns = chosenColumns(query.fields, known)
  const fields = columns.map(({ name }) => name).join()
  const kept: Query = {
    ...filterParams(filter),
    ...query.sort !== undefined && order,
    ...query.limit !== undefined && { limit },
    ...fields !== usualColumns.join() && { fields }
  }
  // What a form of checkboxes asked for, in an address that a person can read
  if (/[?&]fields=.*&fields=/.test(url)) return { redirect: links.report(kept) }

  let page: MachinePage
  try {
    page = await machines.list({ ...filter, ...order, ...figureAge, limit, include: ['failures', ...includeOf(columns)], ...query.cursor && { cursor: query.cursor } })
  } catch (error) {
    // A cursor of another order, or an old one: the list starts again
    if (query.cursor && error instanceof TatuScanError && error.code === 'TATUSCAN_INVALID_REQUEST') return { redirect: links.report(kept) }
    throw error
  }
  const everything = await machines.summary(figureAge)
  const { count } = page
  const filtered = Object.keys(filter).length > 0
  const marks = new Map(page.machines.map((machine) => [machine, marksOf(machine, t, formats)]))
  const marked = new Set([...marks.values()].flat().map(({ kind }) => kind))
  return {
    template: 'report',
    title: t.report.title,
    data: {
      machines: page.machines,
      marks,
      legend: [...marked].map((kind) => t.marks[kind]),
      /** What of a row is shown where there is room for two lines alone. */
      key: fields === usualColumns.join() ? keyColumns : columns.slice(0, keyColumns.length).map(({ name }) => name),
      scrolling: columns.length > usualColumns.length,
      headline: filtered
        ? t.some(count, formats.number(count), formats.number(everything.total))
        : t.machines(count, formats.number(count)),
      /** Told where it was not just now: large fleets' figures are kept for a while. */
      counted: page.as_of !== undefined && context.now.getTime() - page.as_of.getTime() >= 1000 ? page.as_of : undefined,
      removed: query.removed !== undefined,
      chips: chips(filter, context, collectors).map(({ name, ...chip }) => ({ ...chip, href: links.report({ ...kept, [name]: undefined }) })),
      clear: links.report({ ...query.sort !== undefined && order, limit: kept.limit, fields: kept.fields }),
      form: filterForm(filter, everything, collectors, context),
      formFields,
      /** What the forms and the search keep as they are. */
      kept,
      csv: links.csv(kept),
      columns: [
        headed({ name: 'hostname', label: t.fields.hostname, numeric: false, sort: 'hostname', first: 'asc' }, { order, kept, links }),
        ...columns.map((column) => ({ ...column, ...headed(column, { order, kept, links }) }))
      ],
      choosable: choosable(known, columns, t.report.own),
      usual: links.report({ ...kept, fields: undefined }),
      first: query.cursor ? links.report(kept) : undefined,
      next: page.next === undefined ? undefined : links.report({ ...kept, ...order, cursor: page.next })
    }
  }
}

export function includeOf (columns: readonly Column[]): ('facts' | 'failures')[] {
  return (['facts', 'failures'] as const).filter((part) => columns.some(({ needs }) => needs === part))
}

type Headed = Pick<Column, 'name' | 'label' | 'collector' | 'numeric' | 'sort' | 'first'>

/** The head of a column, and where it leads: the other way round where the list is sorted by it. */
function headed ({ name, label, collector, numeric, sort, first }: Headed, { order, kept, links }: { order: ReturnType<typeof orderOf>, kept: Query, links: PageContext['links'] }) {
  const sorted = sort !== undefined && sort === order.sort ? order.dir : undefined
  const dir = sorted === undefined ? first : sorted === 'asc' ? 'desc' : 'asc'
  return { name, label, collector, numeric, sorted, href: sort === undefined ? undefined : links.report({ ...kept, sort, dir }) }
}

/** The columns by where they come from, with the ones that are there ticked. */
function choosable (known: readonly Column[], columns: readonly Column[], own: string) {
  const groups = new Map<string, { name: string, label: string, unit: string | undefined, chosen: boolean }[]>()
  for (const column of known) {
    const { name, label, unit, collector = own } = column
    const group = groups.get(collector) ?? []
    groups.set(collector, [...group, { name, label, unit, chosen: columns.includes(column) }])
  }
  return [...groups].map(([title, columns]) => ({ title, columns }))
}

/** The parts of a filter, in words. `name` is its parameter. */
export function chips (filter: MachineFilter, { t, formats }: Pick<PageContext, 't'> & Partial<Pick<PageContext, 'formats'>>, collectors: readonly KnownCollector[] = []): { name: string, label: string, value: string }[] {
  const number = (name: string) => name.startsWith('facts.') ? factLabel(name.slice('facts.'.length), collectors, t) : t.numbers[name as NumberField]
  const bound = (name: string, value: string) => {
    const unit = knownFact(name.slice('facts.'.length), collectors, t)?.fact.unit // a field's is in its name
    return unit === undefined ? value : `${value} ${unit}`
  }
  const except = (name: string, values: readonly string[]) => {
    const labels: Record<string, string> = { os: t.fields.os, os_version: t.fields.os_version }
    const shown = values.map((value) => value === '' ? t.unknown : name === 'os' ? osLabel(value, t) : value)
    return [labels[name] ?? factLabel(name.slice('facts.'.length), collectors, t), t.report.noneOf(shown.join(', '))] as const
  }
  const words: Record<string, (value: string) => readonly [label: string, value: string]> = {
    q: (value) => [t.report.looking, value],
    os: (value) => [t.fields.os, osLabel(value, t)],
    os_version: (value) => [t.fields.os_version, value || t.unknown],
    status: (value) => [t.fields.status, t.status[value as MachineStatus]],
    failing: (value) => [t.fields.failures, value || t.report.any],
    duplicate: (value) => [t.report.duplicate, value === 'true' ? t.yes : t.no],
    created_since: (value) => [t.report.since, formats?.moment(new Date(value)) ?? value],
    created_before: (value) => [t.report.before, formats?.moment(new Date(value)) ?? value],
    unknown: (value) => [value.split(',').map(number).join(', '), t.unknown]
  }
  return Object.entries(filterParams(filter)).map(([name, value]) => {
    const rest = name.slice(name.indexOf('.') + 1)
    const [label, shown] = words[name]?.(value) ?? (name.startsWith('min.')
      ? [number(rest), t.report.atLeast(bound(rest, value))]
      : name.startsWith('not.')
        ? except(rest, JSON.parse(value) as string[])
        : name.startsWith('below.') ? [number(rest), t.report.below(bound(rest, value))] : [factLabel(rest, collectors, t), value || t.unknown])
    return { name, label, value: shown }
  })
}

/** What a fact is called, with its collector before it; its own name where no schema tells. */
function factLabel (name: string, collectors: readonly KnownCollector[], t: PageContext['t']): string {
  const known = knownFact(name, collectors, t)
  return known === undefined ? name : `${known.title} · ${known.fact.label}`
}

function knownFact (name: string, collectors: readonly KnownCollector[], t: PageContext['t']) {
  const [first = '', ...keys] = name.split('.')
  const collector = collectors.find(({ name }) => name === first)
  const fact = knownFacts(collector?.schema, t.titled).find((fact) => fact.keys.join('.') === keys.join('.'))
  return fact === undefined ? undefined : { title: collectorTitle(first, collector?.schema, t.titled), fact }
}
