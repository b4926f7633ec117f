import type { IncomingReport, Saved } from '@tatuscan/core'
import type { Kysely } from 'kysely'
import { runBulk, type StatementTexts } from './bulk-statements.ts'
import { digestOf, machineOf, rowsOf, type FactsRow, type InventoryRow, type Tables } from './rows.ts'
import type { StatusThresholds } from './status.ts'

export interface SaveContext {
  readonly now: Date
  readonly thresholds: StatusThresholds
  /** The schemas that are known to be stored, as JSON by collector. */
  readonly schemas: ReadonlyMap<string, string>
  readonly texts: StatementTexts
}

export interface SaveResult {
  /** What became of each report, in order. */
  readonly saved: Saved[]
  /** The schemas that this stored, as JSON by collector: known once the transaction has committed. */
  readonly freshSchemas: ReadonlyMap<string, string>
}

/**
 * Stores reports, inside a transaction of the caller's: one read of all machines, one write a table. Reports of one
 * machine apply in order. Rows are written sorted by machine_id, so that two writers don't lock each other out.
 */
export async function saveReports (db: Kysely<Tables>, reports: readonly IncomingReport[], { now, thresholds, schemas, texts }: SaveContext): Promise<SaveResult> {
  const ids = [...new Set(reports.map(({ machine_id }) => machine_id))].sort()
  const known = await readInventory(db, texts, ids)
  const rows = new Map(known.map((row) => [row.machine_id, row]))
  const before = new Map(rows)
  const facts = new Map<string, FactsRow | undefined>()
  const freshSchemas = new Map<string, string>()

  const seen = now.toISOString()
  const outcomes = reports.map((report) => {
    const row = rows.get(report.machine_id)
    const outcome = outcomeOf(report, row)
    if (outcome === 'created' || outcome === 'updated') {
      const made = rowsOf(report, row, seen)
      rows.set(report.machine_id, made.inventory)
      facts.set(report.machine_id, made.facts)
      for (const [name, schema] of Object.entries(report.schemas ?? {})) {
        const json = JSON.stringify(schema)
        if (schemas.get(name) !== json) freshSchemas.set(name, json)
      }
    }
    return { outcome, row: rows.get(report.machine_id)! }
  })

  const changed = ids.filter((id) => facts.has(id)).map((id) => rows.get(id)!)
  // An index is rewritten for every column that a statement sets, changed or not, so the indexed one is set where it must be.
  const renamed = (row: InventoryRow) => before.get(row.machine_id)?.hostname !== row.hostname
  await writeInventory(db, texts, changed.filter(renamed), ['machine_id', 'created_at'])
  await writeInventory(db, texts, changed.filter((row) => !renamed(row)), ['machine_id', 'created_at', 'hostname'])
  await writeFacts(db, texts, ids.flatMap((id) => facts.get(id) ?? []))
  await removeFacts(db, ids.filter((id) => facts.has(id) && facts.get(id) === undefined && before.get(id)?.failure_count != null))
  await writeSchemas(db, freshSchemas, now)

  const saved = outcomes.map(({ outcome, row }) => ({ outcome, machine: machineOf(row, thresholds, now.getTime()), newest_report_id: row.report_id }))
  return { saved, freshSchemas }
}

/** Newer replaces; the same again, or older, changes nothing. Reports without id go by arrival. */
function outcomeOf (report: IncomingReport, row: InventoryRow | undefined): Saved['outcome'] {
  if (row === undefined) return 'created'
  if (report.report_id === undefined || row.report_id === null || report.report_id > row.report_id) return 'updated'
  return report.report_id === row.report_id && digestOf(report) !== row.report_digest ? 'conflict' : 'known'
}

async function readInventory (db: Kysely<Tables>, texts: StatementTexts, ids: readonly string[]): Promise<InventoryRow[]> {
  return await runBulk(db, texts, 'read', ids, {
    build: (portion) => db.selectFrom('inventory').selectAll().where('machine_id', 'in', portion),
    parameters: (portion) => [...portion]
  })
}

/** @param kept the columns that a row which is there already keeps */
async function writeInventory (db: Kysely<Tables>, texts: StatementTexts, rows: readonly InventoryRow[], kept: readonly (keyof InventoryRow)[]): Promise<void> {
  const set = Object.keys(rows[0] ?? {}).filter((column) => !kept.includes(column as keyof InventoryRow)) as (keyof InventoryRow)[]
  await runBulk(db, texts, `write, keeping ${kept.join()}`, rows, {
    build: (portion) => db.insertInto('inventory').values(portion)
      .onConflict((conflict) => conflict.column('machine_id').doUpdateSet((eb) => Object.fromEntries(set.map((column) => [column, eb.ref(`excluded.${column}`)])))),
    parameters: (portion) => portion.flatMap((row) => Object.values(row))
  })
}

async function writeFacts (db: Kysely<Tables>, texts: StatementTexts, rows: readonly FactsRow[]): Promise<void> {
  await runBulk(db, texts, 'write facts', rows, {
    build: (portion) => db.insertInto('machine_facts').values(portion)
      .onConflict((conflict) => conflict.column('machine_id').doUpdateSet((eb) => ({ facts: eb.ref('excluded.facts'), failures: eb.ref('excluded.failures') }))),
    parameters: (portion) => portion.flatMap((row) => Object.values(row))
  })
}

async function removeFacts (db: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('machine_facts').where('machine_id', 'in', ids).execute()
}

async function writeSchemas (db: Kysely<Tables>, schemas: ReadonlyMap<string, string>, now: Date): Promise<void> {
  if (schemas.size === 0) return
  const rows = [...schemas].map(([name, schema]) => ({ name, schema, updated_at: now.toISOString() }))
  await db.insertInto('collectors').values(rows)
    .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ schema: eb.ref('excluded.schema'), updated_at: eb.ref('excluded.updated_at') })))
    .execute()
}
