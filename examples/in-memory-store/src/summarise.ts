import { machineStatuses, type Group, type Machine, type Summary } from '@tatuscan/core'

/** The bands of a computer's age, by the months at which each ends. */
const bands = [['0–12', 12], ['12–36', 36], ['36–60', 60], ['60–120', 120]] as const
const oldest = '>120'

export function summarise (machines: readonly Machine[]): Summary {
  const sizes = machines.flatMap(({ memory_total_mb }) => memory_total_mb ?? [])
  const ages = machines.map(({ computer_activation }) => computer_activation && bandOf(computer_activation))
  const count = (value: string | null): Group => ({ value, count: ages.filter((age) => age === value).length })
  return {
    total: machines.length,
    status: Object.fromEntries(machineStatuses.map((wanted) => [wanted, machines.filter(({ status }) => status === wanted).length])) as Summary['status'],
    os: groups(machines.map(({ os }) => os)),
    os_version: groups(machines.map(({ os_version }) => os_version)),
    age: [...bands.map(([band]) => count(band)), count(oldest), ...ages.includes(null) ? [count(null)] : []],
    memory: {
      minimum_mb: sizes.length === 0 ? null : sizes.reduce((a, b) => Math.min(a, b)),
      average_mb: sizes.length === 0 ? null : Math.round(sizes.reduce((a, b) => a + b) / sizes.length),
      maximum_mb: sizes.length === 0 ? null : sizes.reduce((a, b) => Math.max(a, b))
    }
  }
}

function groups (values: readonly (string | null)[]): Group[] {
  return [...Map.groupBy(values, (value) => value)].map(([value, { length: count }]) => ({ value, count })).sort((a, b) => b.count - a.count)
}

function bandOf (activation: Date): string {
  return bands.find(([, months]) => activation >= monthsAgo(months))?.[0] ?? oldest
}

function monthsAgo (months: number): Date {
  const start = new Date()
  start.setUTCMonth(start.getUTCMonth() - months)
  return start
}
