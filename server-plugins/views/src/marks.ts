import { clockTolerance, type Machine } from '@tatuscan/core'
import type { Formats } from './formats.ts'
import type { Catalogue } from './locales/index.ts'

/** What is odd about a machine. */
export interface Mark {
  readonly kind: keyof Catalogue['marks']
  /** What it is about this machine, in a sentence. */
  readonly sentence: string
}

/**
 * What is odd about a machine: two of it, nobody who vouches for it, a clock that is off, no agent that ever reported it,
 * collectors that fail.
 *
 * @param machine with its failures
 */
export function marksOf (machine: Machine, t: Catalogue, formats: Formats): Mark[] {
  const { duplicate, unverified, clock_offset_s: offset, agent_version: agent, failures = [] } = machine
  const clock = Math.abs(offset ?? 0) <= clockTolerance ? undefined : (offset! > 0 ? t.machine.clockAhead : t.machine.clockBehind)(formats.duration(Math.abs(offset!)))
  return [
    ...duplicate === null ? [] : [{ kind: 'duplicate', sentence: t.machine.duplicate(...duplicate) } as const],
    ...unverified ? [{ kind: 'unverified', sentence: t.machine.unverified } as const] : [],
    ...clock === undefined ? [] : [{ kind: 'clock', sentence: clock } as const],
    ...agent === null && offset === null ? [{ kind: 'unreported', sentence: t.marks.unreported.meaning } as const] : [], // every agent, the original's too, tells its time
    ...failures.length === 0 ? [] : [{ kind: 'failing', sentence: t.dashboard.fails(failures.map(({ collector }) => collector).join(', ')) } as const]
  ]
}
