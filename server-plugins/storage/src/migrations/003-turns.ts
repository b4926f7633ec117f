import type { ColumnTypes } from '../dialects/dialect.ts'

/** Machines know who else reports under their id. */
export function turns ({ long }: ColumnTypes): string[] {
  return [`alter table inventory add column turns ${long} null`]
}
