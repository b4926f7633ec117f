import type { MachineFilter } from '@tatuscan/core'
import { defaultIntervalS, statusOf, type StatusThresholds } from '../status.ts'
import { knownOr } from './columns.ts'
import { factMatches } from './facts.ts'
import { hexDigits } from './id-table.ts'
import type { Roster } from './roster.ts'

export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly thresholds: StatusThresholds
}

/** What a filter asks for, as one question about a slot. */
export function matcher (roster: Roster, { q, os, os_version, status, facts = {} }: MachineFilter, { now, thresholds }: Moment): (slot: number) => boolean {
  const { coded, numbers, text, ids } = roster
  const all: ((slot: number) => boolean)[] = []
  if (os !== undefined) all.push(coded.os.matcher((value) => value === os))
  if (os_version !== undefined) all.push(coded.os_version.matcher((value) => (value ?? '') === os_version))
  for (const [path, wanted] of Object.entries(facts)) {
    all.push(roster.facts.get(path)!.matcher((json) => factMatches(json, wanted)))
  }
  if (status !== undefined) {
    all.push((slot) => statusOf(numbers.last_seen.get(slot), knownOr(numbers.interval_s.get(slot), defaultIntervalS), now, thresholds) === status)
  }
  if (q !== undefined && q !== '') {
    const small = inSmallLetters(q)
    const bytes = Buffer.from(small)
    const version = coded.os_version.matcher((value) => value !== null && inSmallLetters(value).includes(small))
    const digits = hexDigits(small)
    all.push((slot) => text.hostname.holds(slot, bytes) || text.ip.holds(slot, bytes) || version(slot) || (digits !== undefined && ids.holds(slot, digits)))
  }
  switch (all.length) {
    case 0: return () => true
    case 1: return all[0]!
    default: return (slot) => all.every((one) => one(slot))
  }
}

/** Letters of ASCII made small, and only they. */
function inSmallLetters (text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}
