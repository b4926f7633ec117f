import type { MachineStatus } from '@tatuscan/core'
import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { defaultIntervalS, type StatusThresholds } from './status.ts'

/** The SQL that says of a row of `inventory` what {@link statusOf} says of a machine. */
export function statusCondition (status: MachineStatus, thresholds: StatusThresholds, now: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${statusExpression(thresholds, now)}) = ${status}`
}

/** The status of a row, as text. */
export function statusExpression ({ late, stale, lostDays }: StatusThresholds, now: number): RawBuilder<MachineStatus> {
  const seconds = now / 1000
  const ago = (multiple: number) => sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${seconds} - ${multiple} * coalesce(interval_s, ${defaultIntervalS}), 'unixepoch')`
  return sql<MachineStatus>`case
    when last_seen < ${new Date(now - lostDays * 86_400_000).toISOString()} then 'lost'
    when last_seen < ${ago(stale)} then 'stale'
    when last_seen < ${ago(late)} then 'late'
    else 'online' end`
}
