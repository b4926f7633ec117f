import { formatInstant, machineStatuses, numberFields, type KnownCollector, type MachineFilter, type Summary } from '@tatuscan/core'
import { collectorTitle, knownFacts, type KnownFact } from './describe-facts.ts'
import { osLabel } from './labels.ts'
import type { Query } from './links.ts'
import type { PageContext } from './page.ts'

/** Versions to choose from; another can be typed. */
const offeredVersions = 30

/** In the form, where empty is no filter: with any collector. No collector is called so. */
const anyCollector = '*'

interface Choice {
  readonly value: string
  readonly label: string
  readonly chosen?: boolean
}

/** The fields of the form that say something of themselves; an address has what they say, under other names. */
export const formFields = ['status', 'os', 'os_version', 'failing', 'duplicate', 'created_since', 'created_before'] as const

/** What the form of filters offers, and what of it is chosen. */
export function filterForm (filter: MachineFilter, { os, os_version: versions, failing }: Summary, collectors: readonly KnownCollector[], { t, timeZone }: PageContext) {
  const chosenFrom = (choices: readonly Choice[], chosen: string | undefined): Choice[] => [
    ...choices.map((choice) => ({ ...choice, chosen: choice.value === chosen })),
    ...chosen === undefined || choices.some(({ value }) => value === chosen) ? [] : [{ value: chosen, label: chosen, chosen: true }]
  ]
  const titled = collectors.map(({ name, schema }) => ({ name, title: collectorTitle(name, schema, t.titled), facts: knownFacts(schema, t.titled).filter(({ plain }) => plain) }))
  const failingNames = [...new Set([...failing.map(({ collector }) => collector), ...collectors.map(({ name }) => name)])]
  const factsOf = (wanted: (fact: KnownFact) => boolean) => titled.map(({ name, title, facts }) => ({
    title,
    choices: facts.filter(wanted).map(({ keys, label, unit }): Choice => ({ value: `facts.${name}.${keys.join('.')}`, label: unit === undefined ? label : `${label} (${unit})` }))
  })).filter(({ choices }) => choices.length > 0)
  const fields = { title: t.report.own, choices: numberFields.map((name): Choice => ({ value: name, label: t.numbers[name] })) }
  return {
    status: chosenFrom(machineStatuses.map((status) => ({ value: status, label: t.status[status] })), filter.status),
    os: chosenFrom(os.flatMap(({ value }) => value === null ? [] : [{ value, label: osLabel(value, t) }]), filter.os),
    version: filter.os_version === '' ? t.unknown : filter.os_version,
    versions: [...versions.flatMap(({ value }) => value ?? []).slice(0, offeredVersions), t.unknown],
    failing: chosenFrom([{ value: anyCollector, label: t.report.anyCollector }, ...failingNames.map((name) => ({ value: name, label: name }))], filter.failing === '' ? anyCollector : filter.failing),
    duplicate: chosenFrom([{ value: 'true', label: t.yes }, { value: 'false', label: t.no }], filter.duplicate?.toString()),
    since: dateField(filter.created_since, timeZone),
    before: dateField(filter.created_before, timeZone),
    facts: factsOf(() => true),
    numbers: [fields, ...factsOf(({ numeric }) => numeric)],
    /** Of facts it is asked for by an empty value. */
    unknown: fields.choices
  }
}

/** A day as people choose it; with its time where it doesn't begin there, so that nothing is lost. */
function dateField (date: Date | undefined, timeZone: string): { readonly type: string, readonly value: string } {
  const text = date === undefined ? '' : formatInstant(date, timeZone).slice(0, 19)
  return text === '' || text.endsWith('T00:00:00') ? { type: 'date', value: text.slice(0, 10) } : { type: 'datetime-local', value: text }
}

/**
 * What the form asks for, as the address has it: what is left empty is not filtered by; a fact, a number's bounds and an
 * unknown one go by their own names, beside those that were asked for before.
 */
export function readFilterForm ({ asked: _asked, fact = '', value = '', number = '', from = '', to = '', unknown_too: unknown = '', ...rest }: Readonly<Record<string, string>>, t: PageContext['t']): Query {
  const given = Object.fromEntries(Object.entries(rest).filter(([name, value]) => value.trim() !== '' || !formFields.some((field) => field === name)))
  const nowUnknown = new Set(given.unknown?.split(',').filter((name) => name !== ''))
  if (fact !== '') given[fact] = value.trim()
  const bounds = Object.entries({ min: from.trim(), below: to.trim() }).filter(([, bound]) => bound !== '')
  if (number !== '' && bounds.length > 0) {
    nowUnknown.delete(number)
    for (const [bound, value] of bounds) given[`${bound}.${number}`] = value
  }
  if (unknown !== '') {
    nowUnknown.add(unknown)
    delete given[`min.${unknown}`]
    delete given[`below.${unknown}`]
  }
  return {
    ...given,
    ...given.os_version?.trim() === t.unknown && { os_version: '' },
    ...given.failing === anyCollector && { failing: '' },
    unknown: nowUnknown.size > 0 ? [...nowUnknown].join() : undefined
  }
}
