import { CompiledQuery, type Kysely } from 'kysely'
import type { Dialect } from './dialects/dialect.ts'
import type { FactsRow, InventoryRow, Tables } from './rows.ts'

const instants = ['computer_activation', 'created_at', 'updated_at', 'last_seen'] as const

/** The rows of these machines, in no order. */
export async function readInventory (db: Kysely<Tables>, dialect: Dialect, ids: readonly string[]): Promise<InventoryRow[]> {
  const rows: InventoryRow[] = []
  for (const { text, parameters } of dialect.byMachine('inventory', ids)) {
    rows.push(...(await db.executeQuery<InventoryRow>(CompiledQuery.raw(text, [...parameters]))).rows)
  }
  return readInstants(rows, dialect)
}

/** Gives instants the one form that they have in rows here: ISO 8601 in UTC with milliseconds. */
export function readInstants<Row extends Partial<InventoryRow>> (rows: Row[], { kind, instants: { read } }: Dialect): Row[] {
  if (kind !== 'mysql') return rows
  for (const row of rows) for (const column of instants) if (row[column] != null) row[column] = read(row[column])
  return rows
}

/** One collector's facts of these machines, in no order. */
export async function readFacts (db: Kysely<Tables>, dialect: Dialect, collector: string, ids: readonly string[]): Promise<FactsRow[]> {
  const rows: FactsRow[] = []
  for (const { text, parameters } of dialect.byMachine('machine_facts', ids, collector)) {
    rows.push(...(await db.executeQuery<FactsRow>(CompiledQuery.raw(text, [...parameters]))).rows)
  }
  return rows
}

/** The stored schemas of these collectors, as JSON by name. Agents send them after a start or a change alone, so this is rarely asked. */
export async function readSchemas (db: Kysely<Tables>, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map()
  const rows = await db.selectFrom('collectors').select(['name', 'json_schema']).where('name', 'in', names).execute()
  return new Map(rows.map(({ name, json_schema }) => [name, json_schema]))
}

/** Writes whole rows; those that are there already keep the columns that are named. */
export async function writeRows<Row extends object> (tx: Kysely<Tables>, dialect: Dialect, table: keyof Tables, rows: readonly Row[], { keys, kept }: {
  keys: readonly (keyof Row & string)[], kept: readonly (keyof Row & string)[]
}): Promise<void> {
  for (const { text, parameters } of dialect.upsert(table, rows, keys, kept)) await tx.executeQuery(CompiledQuery.raw(text, [...parameters]))
}

export async function removeFacts (tx: Kysely<Tables>, facts: readonly Omit<FactsRow, 'facts'>[]): Promise<void> {
  for (const [collector, those] of Map.groupBy(facts, (one) => one.collector)) {
    await tx.deleteFrom('machine_facts').where('collector', '=', collector).where('machine_id', 'in', those.map(({ machine_id }) => machine_id)).execute()
  }
}

/** How many transactions are remembered: a server that has missed more reads everything anew. */
export const remembered = 10_000

/** Whether the transaction of this number takes out what nobody needs to remember any more. */
export function forgetsChanges (seq: number): boolean {
  return seq % 1000 === 0
}

/** Tells other servers what a transaction touched. */
export async function recordChanges (tx: Kysely<Tables>, seq: number, ids: readonly string[]): Promise<void> {
  await tx.insertInto('machine_changes').values({ seq, machine_ids: ids.join(' ') }).execute()
  if (forgetsChanges(seq)) await tx.deleteFrom('machine_changes').where('seq', '<=', seq - remembered).execute()
}
