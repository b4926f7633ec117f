import { ageBands, ageReader, byCodePoint, machineStatuses, type FailingCollector, type Group, type Machine, type Summary } from '@tatuscan/core'

const day = 86_400_000

/** @param failingSince since when a machine's collector fails */
export function summarise (machines: readonly Required<Machine>[], failingSince: (machine: Machine, collector: string) => Date, now: number): Summary {
  const ageOf = ageReader(now)
  const ages = machines.flatMap(({ computer_activation: start }) => start === null ? [] : ageOf(start.getTime()))
  const inBands = ageBands.map(([value, { min = 0, below = Infinity }]): Group => ({ value, count: ages.filter((age) => age >= min && age < below).length }))
  const unknown = machines.length - ages.length
  const sizes = extent(machines.flatMap(({ memory_total_mb }) => memory_total_mb ?? []))
  const firstSeen = (within: number) => machines.filter(({ created_at }) => now - created_at.getTime() < within).length
  const failures = machines.flatMap((machine) => {
    const collectors = new Set(machine.failures.map(({ collector }) => collector))
    return [...collectors].map((collector) => ({ collector, since: failingSince(machine, collector) }))
  })
  return {
    as_of: new Date(now),
    total: machines.length,
    status: Object.fromEntries(machineStatuses.map((wanted) => [wanted, machines.filter(({ status }) => status === wanted).length])) as Summary['status'],
    os: groups(machines.map(({ os }) => os)),
    os_version: groups(machines.map(({ os_version }) => os_version)),
    age: [...inBands, ...unknown > 0 ? [{ value: null, count: unknown }] : []],
    age_months: extent(ages),
    memory: { minimum_mb: sizes.minimum, average_mb: sizes.average, maximum_mb: sizes.maximum },
    fresh: { day: firstSeen(day), week: firstSeen(7 * day), month: firstSeen(30 * day) },
    duplicates: machines.filter(({ duplicate }) => duplicate !== null).length,
    failing_total: machines.filter(({ failures }) => failures.length > 0).length,
    failing: [...Map.groupBy(failures, ({ collector }) => collector)]
      .map(([collector, those]): FailingCollector => ({ collector, count: those.length, since: those.map(({ since }) => since).reduce((a, b) => a < b ? a : b) }))
      .sort((a, b) => b.count - a.count || byCodePoint(a.collector, b.collector))
  }
}

function groups (values: readonly (string | null)[]): Group[] {
  return [...Map.groupBy(values, (value) => value)].map(([value, { length: count }]) => ({ value, count })).sort((a, b) => b.count - a.count)
}

/** The average as a whole number. */
function extent (values: readonly number[]): { minimum: number | null, average: number | null, maximum: number | null } {
  if (values.length === 0) return { minimum: null, average: null, maximum: null }
  return {
    minimum: values.reduce((a, b) => Math.min(a, b)),
    average: Math.round(values.reduce((a, b) => a + b) / values.length),
    maximum: values.reduce((a, b) => Math.max(a, b))
  }
}
