import type { ColumnTypes } from '../dialects/dialect.ts'

/** PostgreSQL leaves room beside each machine's facts too, so that an update needs neither another page nor the index. */
export function roomForFacts ({ room }: ColumnTypes): string[] {
  return room === undefined ? [] : [`alter table machine_facts set (${room})`]
}
