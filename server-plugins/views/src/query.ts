import { machineStatuses, sortKeys, type MachineFilter, type SortKey } from '@tatuscan/core'

/** A query as text by name. Of a name that comes more than once the last holds; what a host's own parser makes of `a[b]=c` is left out. */
export function textQuery (query: unknown): Record<string, string> {
  const entries = Object.entries(query ?? {}).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** The filter that a page's address asks for. What is none is left out; an empty `os_version` asks for machines that tell none. */
export function filterOf ({ q, os, os_version, status }: Readonly<Record<string, string>>): Omit<MachineFilter, 'facts'> {
  const known = machineStatuses.find((candidate) => candidate === status)
  return {
    ...q?.trim() && { q: q.trim() },
    ...os && { os },
    ...os_version !== undefined && { os_version },
    ...known && { status: known }
  }
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
