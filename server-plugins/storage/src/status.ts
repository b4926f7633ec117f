import type { MachineStatus } from '@tatuscan/core'

/** When a machine counts as late, stale and lost. */
export interface StatusThresholds {
  /** Late when silent for more than this many of its own intervals. @default 3 */
  readonly late: number
  /** Stale when silent for more than this many of its own intervals. @default 60 */
  readonly stale: number
  /** Lost when silent for more than this many days. @default 30 */
  readonly lostDays: number
}

export const defaultThresholds: StatusThresholds = { late: 3, stale: 60, lostDays: 30 }

/** The interval of a machine that tells none, in seconds. */
export const defaultIntervalS = 60

/** @param now both instants in milliseconds since 1970 */
export function statusOf (lastSeen: number, intervalS: number | null, now: number, { late, stale, lostDays }: StatusThresholds): MachineStatus {
  const silence = (now - lastSeen) / 1000
  const interval = intervalS ?? defaultIntervalS
  if (silence > lostDays * 86_400) return 'lost'
  if (silence > stale * interval) return 'stale'
  return silence > late * interval ? 'late' : 'online'
}
