import { byCodePoint, machineStatuses, type Group, type MachineFilter, type MachineStatus, type Summary } from '@tatuscan/core'
import { defaultIntervalS, statusOf } from '../status.ts'
import { knownOr, type CodedColumn } from './columns.ts'
import { eachSlot } from './each-slot.ts'
import { matcher, type Moment } from './matcher.ts'
import type { Roster } from './roster.ts'

/** The original's bands of a computer's age, by the months at which each ends. */
const ageBands = [['0–12', 12], ['12–36', 36], ['36–60', 60], ['60–120', 120]] as const
const oldest = '>120'

/** Counts the machines that match a filter. */
export async function summarise (roster: Roster, filter: MachineFilter, moment: Moment): Promise<Summary> {
  const { coded, numbers } = roster
  const matches = matcher(roster, filter, moment)
  const status = Object.fromEntries(machineStatuses.map((one) => [one, 0])) as Record<MachineStatus, number>
  const os = counter(coded.os)
  const version = counter(coded.os_version)
  const starts = ageBands.map(([, months]) => monthsBefore(moment.now, months))
  const ages = new Array<number>(ageBands.length + 2).fill(0) // the bands, older, unknown
  const memory = { count: 0, sum: 0, minimum: Infinity, maximum: -Infinity }
  let total = 0

  await eachSlot(roster, (slot) => {
    if (!matches(slot)) return
    total++
    status[statusOf(numbers.last_seen.get(slot), knownOr(numbers.interval_s.get(slot), defaultIntervalS), moment.now, moment.thresholds)]++
    os.add(slot)
    version.add(slot)
    const activation = numbers.computer_activation.get(slot)
    const band = starts.findIndex((start) => activation >= start)
    ages[Number.isNaN(activation) ? starts.length + 1 : band === -1 ? starts.length : band]!++
    const size = numbers.memory_total_mb.get(slot)
    if (Number.isNaN(size)) return
    memory.count++
    memory.sum += size
    memory.minimum = Math.min(memory.minimum, size)
    memory.maximum = Math.max(memory.maximum, size)
  })
  const known = memory.count > 0
  const unknownAge = ages.pop()!
  return {
    total,
    status,
    os: os.groups() as Group[],
    os_version: version.groups(),
    // Every band, the empty ones too, the youngest first; unknown last, where there is any
    age: [...[...ageBands.map(([band]) => band), oldest].map((value, at) => ({ value, count: ages[at]! })), ...unknownAge > 0 ? [{ value: null, count: unknownAge }] : []],
    memory: {
      minimum_mb: known ? memory.minimum : null, average_mb: known ? Math.round(memory.sum / memory.count) : null, maximum_mb: known ? memory.maximum : null
    }
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

function monthsBefore (now: number, months: number): number {
  const start = new Date(now)
  start.setUTCMonth(start.getUTCMonth() - months)
  return start.getTime()
}
