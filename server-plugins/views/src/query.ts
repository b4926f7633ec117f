import { filterQuery, readFactName, readFilter, sortKeys, type MachineFilter, type SortKey } from '@tatuscan/core'

/** What a form may give more than once. */
const lists = ['fields']

/** Each takes memory for every machine. */
const mostFacts = 20

/** As many as a search or a value can sensibly have. */
const mostCharacters = 200

/**
 * A query as text by name. Of a name that comes more than once the last holds, but for lists, whose values are joined;
 * what a host's own parser makes of `a[b]=c` is left out. No text of a machine holds NUL.
 */
export function textQuery (query: unknown): Record<string, string> {
  const entries = Object.entries(query ?? {}).map(([name, value]) => [name, Array.isArray(value) ? lists.includes(name) ? value.join() : value.at(-1) : value] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string').map(([name, value]) => [name, value.replaceAll('\0', '')]))
}

/** The filter that a page's address asks for. What is none is left out; an empty `os_version` or fact asks for machines that tell none. */
export function filterOf (query: Readonly<Record<string, string>>): MachineFilter {
  const sensible = Object.entries(query)
    .map(([name, text]): [string, string] => [name, (name === 'q' ? text.trim() : text).slice(0, mostCharacters)])
    .filter(([name, text]) => text !== '' || !['q', 'os'].includes(name))
  const isFact = (name: string) => readFactName(name.replace(/^(min|below)\./, '')) !== undefined
  const facts = sensible.filter(([name]) => isFact(name)).slice(0, mostFacts)
  return readFilter(Object.fromEntries([...sensible.filter(([name]) => !isFact(name)), ...facts])).filter
}

/** A filter as the parameters of an address. */
export function filterParams (filter: MachineFilter): Record<string, string | undefined> {
  return filterQuery(filter)
}

export interface Order {
  readonly sort: SortKey
  readonly dir: 'asc' | 'desc'
}

/** By hostname where nothing sensible is asked for. */
export function orderOf ({ sort, dir }: Readonly<Record<string, string>>): Order {
  return { sort: sortKeys.find((key) => key === sort) ?? 'hostname', dir: dir === 'desc' ? 'desc' : 'asc' }
}

/** The nearest whole number that is allowed; the default where it is no number. */
export function wholeNumber (given: string | undefined, { minimum, maximum, otherwise }: { minimum: number, maximum: number, otherwise: number }): number {
  const value = given === undefined || given.trim() === '' ? NaN : Math.round(Number(given))
  return Number.isNaN(value) ? otherwise : Math.min(maximum, Math.max(minimum, value))
}
