import { readFactName, type FactKey, type KnownCollector, type NumberField, type TallyField } from '@tatuscan/core'
import { collectorTitle, knownFacts } from './describe-facts.ts'
import type { Formats } from './formats.ts'
import type { Catalogue } from './locales/index.ts'

/** What machines can be charted by. */
export interface Measure {
  readonly name: TallyField | FactKey
  readonly label: string
  /** The collector's title, or what a machine's own are called. */
  readonly group: string
  /** A value as it is shown; values come as text. */
  readonly read: (value: string) => string
  readonly number: (value: number) => string
}

export interface MeasureWords {
  readonly t: Catalogue
  readonly formats: Formats
}

/** Each with its unit; those that have a chart of their own are left out. */
const ownNumbers = [['cpu_percent', '%'], ['memory_used_mb', 'MiB'], ['activation_days', undefined]] as const satisfies readonly (readonly [NumberField, string | undefined])[]

/** A machine's own, then each fact that a collector's schema tells of. */
export function knownMeasures (collectors: readonly KnownCollector[], { t, formats }: MeasureWords): Measure[] {
  const asItIs = (value: string) => value
  return [
    ...ownNumbers.map(([name, unit]): Measure => ({ name, label: t.fields[name], group: t.report.own, read: asItIs, number: (value) => formats.measure(value, unit) })),
    { name: 'failing', label: t.fields.failures, group: t.report.own, read: asItIs, number: String },
    ...collectors.flatMap(({ name: collector, schema }) => knownFacts(schema, t.titled).filter(({ plain }) => plain).map(({ keys, label, unit }): Measure => ({
      name: `facts.${collector}.${keys.join('.')}`,
      label,
      group: collectorTitle(collector, schema, t.titled),
      read: (value) => value === 'true' ? t.yes : value === 'false' ? t.no : value,
      number: (value) => formats.measure(value, unit)
    })))
  ]
}

/** What the address asks for: also a fact that no schema tells of; the first where it names none. */
export function chosenMeasure (asked: string | undefined, known: readonly Measure[], { formats }: MeasureWords): Measure {
  const found = known.find(({ name }) => name === asked)
  if (found !== undefined) return found
  const fact = asked === undefined ? undefined : readFactName(asked)
  if (fact === undefined) return known[0]!
  return { name: asked as FactKey, label: fact.keys.join('.'), group: fact.collector, read: (value) => value, number: (value) => formats.measure(value, undefined) }
}
