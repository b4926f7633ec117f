import { filterQuery, readFactName, readFilter, sortKeys, type FactKey, type MachineFilter, type SortKey } from '@tatuscan/core'

/** What a form may give more than once. */
const lists = ['fields']

/** As many as a search or a value can sensibly have, and a list of names. */
export const longestValue = 200
export const mostOfList = 2000

/**
 * A query as text by name. Of a name that comes more than once the last holds, but for lists, whose values are joined;
 * what a host's own parser makes of `a[b]=c` is left out. No text of a machine holds NUL.
 */
export function textQuery (query: unknown): Record<string, string> {
  const entries = Object.entries(query ?? {}).map(([name, value]) => [name, Array.isArray(value) ? lists.includes(name) ? value.join() : value.at(-1) : value] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string').map(([name, value]) => [name, value.replaceAll('\0', '')]))
}

/**
 * The filter that a page's address asks for. What can't be understood is left out, as is an empty field of a form; an
 * empty `os_version` or fact asks for machines that tell none.
 *
 * @param timeZone that of days, which people write without one
 */
export function filterOf (query: Readonly<Record<string, string>>, timeZone?: string): MachineFilter {
  const given = Object.entries(query).filter(([name, value]) => !(['q', 'os', 'status'].includes(name) && value.trim() === ''))
  const short = (name: string, value: string) => (name === 'q' ? value.trim() : value).slice(0, name === 'unknown' || name.startsWith('not.') ? mostOfList : longestValue)
  return readFilter(Object.fromEntries(given.map(([name, value]) => [name, short(name, value)])), timeZone).filter
}

/** A filter as the parameters of an address. */
export function filterParams (filter: MachineFilter): Record<string, string> {
  return filterQuery(filter)
}

export interface Order {
  readonly sort: SortKey | FactKey
  readonly dir: 'asc' | 'desc'
}

/** By hostname where nothing sensible is asked for. */
export function orderOf ({ sort = '', dir }: Readonly<Record<string, string>>): Order {
  const known = sortKeys.find((key) => key === sort) ?? (readFactName(sort) === undefined ? undefined : sort as FactKey)
  return { sort: known ?? 'hostname', dir: dir === 'desc' ? 'desc' : 'asc' }
}

/** The nearest whole number that is allowed; the default where it is no number. */
export function wholeNumber (given: string | undefined, { minimum, maximum, otherwise }: { minimum: number, maximum: number, otherwise: number }): number {
  const value = given === undefined || given.trim() === '' ? NaN : Math.round(Number(given))
  return Number.isNaN(value) ? otherwise : Math.min(maximum, Math.max(minimum, value))
}
