import type { Bin, FactKey, Group, MachineFilter, NumberField, NumberRange } from '@tatuscan/core'
import { drawBars, type Bar } from './bars.ts'
import { cut } from './labels.ts'
import type { Catalogue } from './locales/index.ts'
import { longestValue, mostOfList } from './query.ts'

/** A bar of a chart, and of how many machines it is a part. */
export interface ChartBar extends Bar {
  readonly share: string
}

/** A bar as it is counted: a part of a filter leads to its machines. */
export interface Counted {
  readonly label: string
  readonly count: number
  readonly filter?: MachineFilter | undefined
  /** Where it leads to instead. */
  readonly href?: string
  readonly rest?: boolean
}

export interface ChartWords {
  readonly t: Catalogue
  readonly number: (value: number) => string
  readonly percent: (value: number) => string
  /** The address of the machines that also match this. */
  readonly report: (part: MachineFilter) => string
}

/** @param total how many machines the whole is */
export function chartBars (counted: readonly Counted[], total: number, { number, percent, report }: ChartWords): ChartBar[] {
  const bars = counted.map(({ label, count, filter, href = filter && report(filter), rest }) => ({
    label, value: count, shown: number(count), share: percent(total === 0 ? 0 : count / total * 100), href, ...rest && { rest }
  }))
  return drawBars(bars).map((bar, at) => ({ ...bar, share: bars[at]!.share }))
}

export interface TopGroups {
  readonly groups: readonly Group[]
  readonly top: number
  readonly label: (value: string) => string
  readonly filter: (value: string) => MachineFilter
  /** What finds those beside these values and those that are unknown, where it can be asked for. */
  readonly beside?: (values: readonly string[]) => MachineFilter
  /** What the store has left out of the groups. */
  readonly rest?: { readonly values: number, readonly count: number }
  readonly unknown?: { readonly count: number, readonly filter: MachineFilter }
  /** Where what is left of them is shown one by one, where their machines can't be asked for. */
  readonly more: string
}

/** The largest groups one by one, the rest as one, and last the machines of which nothing is known. */
export function topGroups ({ groups, top, label, filter, rest = { values: 0, count: 0 }, unknown, beside, more }: TopGroups, { t, number }: ChartWords): Counted[] {
  const known = groups.filter((group): group is Group & { value: string } => group.value !== null)
  const shown = rest.values === 0 && known.length <= top + 1 ? known : known.slice(0, top) // one alone is no "others"
  const others = known.slice(shown.length)
  const values = others.length + rest.values
  const machines = exceptable([...shown.map(({ value }) => value), ...unknown === undefined ? [] : ['']], beside)
  return [
    ...shown.map(({ value, count }): Counted => ({
      label: cut(label(value), longestLabel), count, filter: value.length <= longestValue ? filter(value) : undefined
    })),
    ...values > 0
      ? [{
          label: t.charts.othersOf(number(values)),
          count: others.reduce((sum, { count }) => sum + count, rest.count),
          ...machines === undefined ? { href: more } : { filter: machines },
          rest: true
        }]
      : [],
    ...unknown !== undefined && unknown.count > 0 ? [{ label: t.unknown, ...unknown, rest: true }] : []
  ]
}

/** What finds machines beside these values; undefined where they don't all fit into an address. */
export function exceptable (values: readonly string[], beside: ((values: readonly string[]) => MachineFilter) | undefined): MachineFilter | undefined {
  const encoded = encodeURIComponent(JSON.stringify(values)) // in which a character may become nine; every link of the report holds it
  return encoded.length <= mostOfList ? beside?.(values) : undefined
}

const longestLabel = 120

export interface Histogram {
  readonly name: NumberField | FactKey
  readonly bins: readonly Bin[]
  readonly unknown: number
  readonly value: (value: number) => string
}

/** Numbers by range, upwards, and last the machines of which it is unknown. */
export function histogram ({ name, bins, unknown, value }: Histogram, { t }: ChartWords): Counted[] {
  const label = ({ min, below }: Bin) => min === null ? t.report.below(value(below!)) : below === null ? t.report.atLeast(value(min)) : between(value(min), value(below))
  const first = bins.findIndex(({ count }) => count > 0)
  const last = bins.findLastIndex(({ count }) => count > 0)
  return [
    ...bins.slice(first, last + 1).map((bin): Counted => ({
      label: label(bin), count: bin.count, filter: { ranges: { [name]: { ...bin.min !== null && { min: bin.min }, ...bin.below !== null && { below: bin.below } } } }
    })),
    ...unknown > 0 ? [{ label: t.unknown, count: unknown, filter: { ranges: { [name]: null } }, rest: true }] : []
  ]
}

/** A unit that both have is told once. */
function between (from: string, to: string): string {
  const [number, ...unit] = from.split('\u00a0')
  return `${unit.join('\u00a0') === to.split('\u00a0').slice(1).join('\u00a0') ? number : from} – ${to}`
}

/** Both filters at once: where both have a range of the same number, what they have in common. */
export function narrowed (filter: MachineFilter, part: MachineFilter): MachineFilter {
  const ranges: Record<string, NumberRange | null | undefined> = { ...filter.ranges }
  for (const [name, range] of Object.entries(part.ranges ?? {})) ranges[name] = meet(ranges[name] ?? {}, range ?? null)
  const facts = { ...filter.facts, ...part.facts }
  const except: Record<string, readonly string[] | undefined> = { ...filter.except }
  for (const [name, values = []] of Object.entries(part.except ?? {})) except[name] = [...new Set([...except[name] ?? [], ...values])]
  return {
    ...filter,
    ...part,
    ...Object.keys(except).length > 0 && { except },
    ...Object.keys(facts).length > 0 && { facts },
    ...Object.keys(ranges).length > 0 && { ranges }
  }
}

function meet (one: NumberRange, other: NumberRange | null): NumberRange | null {
  if (other === null) return null
  const [min, below] = [Math.max(one.min ?? -Infinity, other.min ?? -Infinity), Math.min(one.below ?? Infinity, other.below ?? Infinity)]
  return { ...min > -Infinity && { min }, ...below < Infinity && { below } }
}
