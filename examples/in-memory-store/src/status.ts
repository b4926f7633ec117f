import type { Machine, MachineStatus } from '@tatuscan/core'

/** How lively a machine is, by the multiples of its own interval for which it has been silent. */
export function statusOf ({ last_seen, interval_s }: Pick<Machine, 'last_seen' | 'interval_s'>, now: number): MachineStatus {
  const silence = (now - last_seen.getTime()) / 1000
  const interval = interval_s ?? 60
  if (silence > 30 * 86_400) return 'lost'
  if (silence > 60 * interval) return 'stale'
  return silence > 3 * interval ? 'late' : 'online'
}
