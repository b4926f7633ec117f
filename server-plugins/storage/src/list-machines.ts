import { sortKeys, TatuScanError, type Machine, type MachineFilter, type MachinePage, type MachineQuery, type SortKey } from '@tatuscan/core'
import { sql, type ExpressionBuilder, type Kysely, type SqlBool } from 'kysely'
import { machineOf, type InventoryRow, type Tables } from './rows.ts'
import { statusCondition } from './status-condition.ts'
import type { StatusThresholds } from './status.ts'

type Conditions = ExpressionBuilder<Tables, 'inventory'>

/** Where a page ended: the last row's sort value and its machine_id, under the order that the page had. */
interface Cursor {
  readonly sort: SortKey
  readonly dir: 'asc' | 'desc'
  readonly value: string | number | null
  readonly id: string
}

/** One page of machines. Unknown sorts last both ways; ties go by machine_id. */
export async function listMachines (db: Kysely<Tables>, query: MachineQuery, thresholds: StatusThresholds, now: number = Date.now()): Promise<MachinePage> {
  const { limit = 1000, sort = 'hostname', dir = 'asc', include = [] } = query
  const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor, sort, dir)
  const where = (eb: Conditions) => conditions(eb, query, thresholds, now)

  const { count } = await db.selectFrom('inventory').select(({ fn }) => fn.countAll<number>().as('count')).where(where).executeTakeFirstOrThrow()
  let page = db.selectFrom('inventory').selectAll('inventory').where(where)
  if (cursor !== undefined) page = page.where((eb) => after(eb, cursor))
  const rows = await page
    .orderBy(sql`${sql.ref(sort)} is null`).orderBy(sort, dir).orderBy('machine_id', 'asc')
    .limit(limit + 1).execute()

  const more = rows.length > limit
  const shown = more ? rows.slice(0, limit) : rows
  const machines = shown.map((row) => machineOf(row, thresholds, now))
  if (include.length > 0) await addFacts(db, machines, include)
  return { machines, count: Number(count), ...more && { next: writeCursor(shown.at(-1)!, sort, dir) } }
}

/** What a filter asks for, as one condition on `inventory`. */
export function conditions (eb: Conditions, { q, os, os_version, status }: MachineFilter, thresholds: StatusThresholds, now: number) {
  const all = []
  if (q !== undefined && q !== '') {
    const pattern = `%${q.replaceAll(/[\\%_]/g, '\\$&')}%` // SQLite's like ignores ASCII case, and only that
    all.push(eb.or((['hostname', 'ip', 'os_version', 'machine_id'] as const).map((column) => sql<SqlBool>`${sql.ref(column)} like ${pattern} escape '\\'`)))
  }
  if (os !== undefined) all.push(eb('os', '=', os))
  if (os_version !== undefined) all.push(os_version === '' ? eb('os_version', 'is', null) : eb('os_version', '=', os_version))
  if (status !== undefined) all.push(statusCondition(status, thresholds, now))
  return eb.and(all)
}

function after (eb: Conditions, { sort, dir, value, id }: Cursor) {
  const next = eb('machine_id', '>', id)
  if (value === null) return eb.and([eb(sort, 'is', null), next])
  return eb.or([eb(sort, dir === 'asc' ? '>' : '<', value), eb.and([eb(sort, '=', value), next]), eb(sort, 'is', null)])
}

function writeCursor (row: InventoryRow, sort: SortKey, dir: 'asc' | 'desc'): string {
  return Buffer.from(JSON.stringify([sort, dir, row[sort], row.machine_id])).toString('base64url')
}

function readCursor (cursor: string, sort: SortKey, dir: 'asc' | 'desc'): Cursor {
  try {
    const [cursorSort, cursorDir, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const sane = (typeof value === 'string' || typeof value === 'number' || value === null) && typeof id === 'string'
    if (sane && cursorSort === sort && cursorDir === dir && sortKeys.includes(sort)) return { sort, dir, value, id }
  } catch {} // what can't be read is refused below
  throw new TatuScanError('TATUSCAN_INVALID_REQUEST', 'the cursor is none of this listing’s: start again without one', {
    details: [{ path: '/cursor', message: 'must be the next_cursor of a page with the same sort and dir' }]
  })
}

async function addFacts (db: Kysely<Tables>, machines: readonly Machine[], include: readonly ('facts' | 'failures')[]): Promise<void> {
  if (machines.length === 0) return
  const rows = await db.selectFrom('machine_facts').selectAll().where('machine_id', 'in', machines.map(({ machine_id }) => machine_id)).execute()
  const byId = new Map(rows.map((row) => [row.machine_id, row]))
  for (const machine of machines) {
    const row = byId.get(machine.machine_id)
    if (include.includes('facts')) machine.facts = row === undefined ? {} : JSON.parse(row.facts) as NonNullable<Machine['facts']>
    if (include.includes('failures')) machine.failures = row === undefined ? [] : JSON.parse(row.failures) as NonNullable<Machine['failures']>
  }
}
