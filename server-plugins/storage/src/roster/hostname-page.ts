import type { Kysely } from 'kysely'
import type { Tables } from '../rows.ts'
import { readCursor } from './cursor.ts'

/** How many names are looked at, portion by portion, before going through all machines is the shorter way. */
const portions = [128, 512, 2000, 2000, 2000]

/** How many that is. */
export const walked = portions.reduce((sum, portion) => sum + portion)

export interface Walk {
  readonly limit: number
  readonly cursor?: string
  readonly matches: (machineId: string) => boolean
}

/**
 * The ids of a page by hostname, upwards, and of the machine after it where there is one: from the database's index, which
 * has the names in order. Undefined where too few of the names on the way match.
 */
export async function hostnamePage (db: Kysely<Tables>, { limit, cursor, matches }: Walk): Promise<{ readonly machine_id: string, readonly hostname: string }[] | undefined> {
  const start = cursor === undefined ? undefined : readCursor(cursor, { sort: 'hostname', dir: 'asc' })
  let after = { hostname: String(start?.value ?? ''), machine_id: start?.id ?? '' }
  const found: typeof after[] = []
  for (const portion of portions) {
    const { hostname, machine_id: id } = after
    const size = Math.max(portion, limit + 1)
    const rows = await db.selectFrom('inventory').select(['hostname', 'machine_id']).where('hostname', '>=', hostname)
      .where(({ or, eb }) => or([eb('hostname', '>', hostname), eb('machine_id', '>', id)])).orderBy('hostname').orderBy('machine_id').limit(size).execute()
    for (const row of rows) if (found.length <= limit && matches(row.machine_id)) found.push(row)
    if (found.length > limit || rows.length < size) return found
    after = rows.at(-1)!
  }
  return undefined
}
