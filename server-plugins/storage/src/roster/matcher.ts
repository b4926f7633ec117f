import { monthsBefore, type GroupField, type MachineFilter, type NumberField, type NumberRange } from '@tatuscan/core'
import { defaultIntervalS, statusOf, type StatusThresholds } from '../status.ts'
import { knownOr, type NumberColumn } from './columns.ts'
import { columnName, factOtherThan, factReading, factValues } from './facts.ts'
import { hexDigits } from './id-table.ts'
import type { Roster } from './roster.ts'

export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly thresholds: StatusThresholds
}

/** What a filter asks for. Slots that are free may match too. */
export interface Matcher {
  holds (slot: number): boolean
  /** The first slot from this one on, below `end`, that can match; `end` where there is none. */
  next (from: number, end: number): number
  /** What must hold for it besides. */
  readonly rest: ((slot: number) => boolean) | undefined
}

export function matcher (roster: Roster, filter: MachineFilter, moment: Moment): Matcher {
  const { q, os, os_version, status, facts = {}, failing, duplicate, created_since: since, created_before: before, ranges = {}, except = {} } = filter
  const { now, thresholds } = moment
  const { coded, numbers, ids } = roster
  const all: Condition[] = []
  if (os !== undefined) all.push(coded.os.matcher((value) => value === os))
  if (os_version !== undefined) all.push(coded.os_version.matcher((value) => (value ?? '') === os_version))
  for (const [path, wanted] of Object.entries(facts)) {
    all.push((roster.facts.get(columnName(path, wanted)) ?? roster.facts.get(columnName(path))!).matcher(factReading(wanted)))
  }
  for (const [name, texts = []] of Object.entries(except)) {
    all.push(name.startsWith('facts.')
      ? roster.facts.get(columnName(name.slice('facts.'.length)))!.matcher(factOtherThan(texts))
      : coded[name as GroupField].matcher((value) => !texts.includes(value ?? '')))
  }
  if (failing !== undefined) all.push(failing === '' ? (slot) => roster.failing.has(slot) : (slot) => roster.failing.get(slot)?.has(failing) === true)
  if (duplicate !== undefined) all.push((slot) => roster.duplicates.has(slot) === duplicate)
  if (since !== undefined) all.push((slot) => numbers.created_at.get(slot) >= since.getTime())
  if (before !== undefined) all.push((slot) => numbers.created_at.get(slot) < before.getTime())
  for (const [name, range] of Object.entries(ranges)) if (range !== undefined) all.push(inRange(roster, name, range, moment))
  if (status !== undefined) {
    const holds = (slot: number): boolean => statusOf(numbers.last_seen.get(slot), knownOr(numbers.interval_s.get(slot), defaultIntervalS), now, thresholds) === status
    all.push({
      holds,
      next (from, end) {
        let slot = from
        while (slot < end && !holds(slot)) slot++
        return slot
      }
    })
  }
  if (q !== undefined && q !== '') {
    const small = inSmallLetters(q)
    const named = roster.pages.matcher(small)
    const version = coded.os_version.matcher((value) => value !== null && inSmallLetters(value).includes(small))
    const digits = hexDigits(small)
    // Each looks as far as the first that another has found. The one that looks on further remembers what it finds.
    const next = (from: number, end: number): number => {
      let found = named.next(from, end)
      if (found > from) found = version.next(from, found)
      return found === from || digits === undefined ? found : ids.next(digits, from, found)
    }
    all.push({ next, holds: (slot) => next(slot, slot + 1) === slot })
  }
  const quick = all.filter((one) => typeof one !== 'function')
  const others = all.filter((one) => typeof one === 'function')
  const rest = others.length > 1 ? (slot: number) => others.every((one) => one(slot)) : others[0]
  return {
    next: quick.length > 1 ? inStep(quick) : quick[0]?.next ?? every,
    rest,
    holds: (slot) => quick.every((one) => one.holds(slot)) && (rest === undefined || rest(slot))
  }
}

/** Those with `next` find what matches in little time. */
type Condition = Pick<Matcher, 'holds' | 'next'> | Matcher['holds']

const every = (from: number): number => from

/** The next that can match all: each looks on from where another has come to, so that the rarest sets the pace. */
function inStep (conditions: readonly Pick<Matcher, 'next'>[]): Matcher['next'] {
  return (from, end) => {
    let slot = from
    for (let at = 0, agreed = 0; agreed < conditions.length && slot < end; at = (at + 1) % conditions.length) {
      const found = conditions[at]!.next(slot, end)
      agreed = found === slot ? agreed + 1 : 1
      slot = found
    }
    return slot
  }
}

function inRange (roster: Roster, name: string, range: NumberRange | null, { now }: Moment): Condition {
  const { numbers } = roster
  if (name.startsWith('facts.')) {
    const fact = roster.facts.get(columnName(name.slice('facts.'.length)))!
    if (range === null) return fact.matcher((json) => json === null)
    return fact.matcher((json) => json !== null && factValues(json).some((value) => typeof value === 'number' && value >= (range.min ?? -Infinity) && value < (range.below ?? Infinity)))
  }
  const column = numberColumnOf(roster, name)
  if (column === undefined) return () => range === null
  if (range === null) return (slot) => Number.isNaN(column.get(slot))
  const { min = -Infinity, below = Infinity } = range
  if (name !== 'age') return (slot) => column.get(slot) >= min && column.get(slot) < below
  if (below <= 0) return () => false
  // Whole months, of which each begins at an instant
  const youngest = min <= 0 ? Infinity : monthsBefore(now, Math.ceil(min))
  const oldest = below === Infinity ? -Infinity : monthsBefore(now, Math.ceil(below))
  return (slot) => {
    const start = numbers.computer_activation.get(slot)
    return start >= oldest && (start < youngest || youngest === Infinity)
  }
}

/** The column of a number; for the age the instant at which it begins. */
export function numberColumnOf ({ numbers }: Roster, name: string): NumberColumn | undefined {
  switch (name as NumberField) {
    case 'age': return numbers.computer_activation
    case 'cpu_percent': case 'memory_total_mb': case 'memory_used_mb': case 'activation_days': return numbers[name as 'cpu_percent']
    default: return undefined
  }
}

/** Letters of ASCII made small, and only they. */
function inSmallLetters (text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}
