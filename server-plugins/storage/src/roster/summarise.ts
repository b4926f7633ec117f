import { ageBands, ageReader, byCodePoint, machineStatuses, type FailingCollector, type Group, type MachineFilter, type MachineStatus, type Summary } from '@tatuscan/core'
import { defaultIntervalS, statusOf } from '../status.ts'
import { knownOr, type CodedColumn } from './columns.ts'
import { eachMatching } from './each-matching.ts'
import type { Moment } from './matcher.ts'
import type { Roster } from './roster.ts'

const day = 86_400_000

/** Counts the machines that match a filter. */
export async function summarise (roster: Roster, filter: MachineFilter, moment: Moment): Promise<Summary> {
  const { coded, numbers } = roster
  const status = Object.fromEntries(machineStatuses.map((one) => [one, 0])) as Record<MachineStatus, number>
  const os = counter(coded.os)
  const version = counter(coded.os_version)
  const bands = ageBands.map(([band, { below = Infinity }]) => ({ band, below, count: 0 }))
  let unknownAge = 0
  const ageOf = ageReader(moment.now)
  const age = createExtent()
  const memory = createExtent()
  const failing = new Map<string, { count: number, since: number }>()
  const fresh = { day: 0, week: 0, month: 0 }
  let [total, duplicates, failingTotal] = [0, 0, 0]

  await eachMatching(roster, filter, moment, (slot) => {
    total++
    status[statusOf(numbers.last_seen.get(slot), knownOr(numbers.interval_s.get(slot), defaultIntervalS), moment.now, moment.thresholds)]++
    os.add(slot)
    version.add(slot)
    const activation = numbers.computer_activation.get(slot)
    if (Number.isNaN(activation)) unknownAge++
    else {
      const months = ageOf(activation)
      age.add(months)
      bands.find(({ below }) => months < below)!.count++
    }
    memory.add(numbers.memory_total_mb.get(slot))
    const known = moment.now - numbers.created_at.get(slot)
    if (known < day) fresh.day++
    if (known < 7 * day) fresh.week++
    if (known < 30 * day) fresh.month++
    if (roster.duplicates.has(slot)) duplicates++
    const failures = roster.failing.get(slot)
    if (failures === undefined) return
    failingTotal++
    for (const [collector, since] of failures) {
      const seen = failing.get(collector)
      failing.set(collector, seen === undefined ? { count: 1, since } : { count: seen.count + 1, since: Math.min(seen.since, since) })
    }
  })
  const ages = age.result()
  const sizes = memory.result()
  return {
    as_of: new Date(moment.now),
    total,
    status,
    os: os.groups(),
    os_version: version.groups(),
    age: [...bands.map(({ band, count }) => ({ value: band, count })), ...unknownAge > 0 ? [{ value: null, count: unknownAge }] : []],
    age_months: ages,
    memory: { minimum_mb: sizes.minimum, average_mb: sizes.average, maximum_mb: sizes.maximum },
    fresh,
    duplicates,
    failing_total: failingTotal,
    failing: [...failing].map(([collector, { count, since }]): FailingCollector => ({ collector, count, since: new Date(since) }))
      .sort((a, b) => b.count - a.count || byCodePoint(a.collector, b.collector))
  }
}

/** The smallest, the largest, and the average as a whole number. NaN is unknown. */
function createExtent () {
  let [count, sum, minimum, maximum] = [0, 0, Infinity, -Infinity]
  return {
    add (value: number): void {
      if (Number.isNaN(value)) return
      count++
      sum += value
      minimum = Math.min(minimum, value)
      maximum = Math.max(maximum, value)
    },
    result: () => count > 0 ? { minimum, average: Math.round(sum / count), maximum } : { minimum: null, average: null, maximum: null }
  }
}

function counter (column: CodedColumn) {
  const counts: number[] = []
  return {
    add (slot: number): void {
      const code = column.code(slot)
      counts[code] = (counts[code] ?? 0) + 1
    },
    /** The largest first, then by text; unknown before texts of the same count. */
    groups: (): Group[] => Object.entries(counts)
      .map(([code, count]) => ({ value: column.texts[Number(code)]!, count }))
      .sort((a, b) => b.count - a.count || (a.value === null ? -1 : b.value === null ? 1 : byCodePoint(a.value, b.value)))
  }
}
