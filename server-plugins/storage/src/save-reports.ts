import type { IncomingReport, Saved } from '@tatuscan/core'
import type { Kysely } from 'kysely'
import type { Dialect, Writing } from './dialects/dialect.ts'
import type { KnownRows } from './known-rows.ts'
import { digestOf, machineOf, readDigests, rowsOf, type FactsRow, type InventoryRow, type Tables } from './rows.ts'
import type { StatusThresholds } from './status.ts'
import { forgetsChanges, readInventory, readSchemas, recordChanges, removeFacts, writeRows } from './statements.ts'
import type { Writer } from './writer/index.ts'

export interface SaveContext {
  readonly dialect: Dialect
  readonly now: Date
  readonly thresholds: StatusThresholds
  readonly known: KnownRows
}

export interface SaveResult {
  /** What became of each report, in order. */
  readonly saved: Saved[]
  /** The number of the transaction, and the rows that it wrote. */
  readonly seq: number
  readonly changed: readonly InventoryRow[]
  /** The facts that are other than before, and those that are no more, as JSON. */
  readonly facts: readonly (FactsRow | Omit<FactsRow, 'facts'>)[]
  /** The schemas that are stored now, as JSON by collector. */
  readonly schemas: ReadonlyMap<string, string>
}

/**
 * Stores reports, inside a transaction of the caller's, which its first statement makes the only one that writes: one read
 * of all machines, one write a table.
 */
export async function saveReports (tx: Kysely<Tables>, reports: readonly IncomingReport[], context: SaveContext): Promise<SaveResult> {
  const { dialect, now, known } = context
  const seq = await dialect.tick(tx)
  const before = await rowsBefore(tx, idsOf(reports), { dialect, known: known.at(seq) })
  const { outcomes, changed, facts, schemas } = applyReports(reports, before, now)

  // An index is rewritten for every column that a statement sets, changed or not, so the indexed one is set where it must be.
  const renamed = (row: InventoryRow) => before.get(row.machine_id)?.hostname !== row.hostname
  await writeRows(tx, dialect, 'inventory', changed.filter(renamed), { keys: ['machine_id'], kept: ['created_at'] })
  await writeRows(tx, dialect, 'inventory', changed.filter((row) => !renamed(row)), { keys: ['machine_id'], kept: ['created_at', 'hostname'] })
  await writeRows(tx, dialect, 'machine_facts', facts.filter((one): one is FactsRow => 'facts' in one), { keys: ['collector', 'machine_id'], kept: [] })
  await removeFacts(tx, facts.filter((one) => !('facts' in one)))
  const stored = await readSchemas(tx, [...schemas.keys()])
  const fresh = [...schemas].filter(([name, json]) => stored.get(name) !== json)
  await writeRows(tx, dialect, 'collectors', fresh.map(([name, json_schema]) => ({ name, json_schema, updated_at: now.toISOString() })), { keys: ['name'], kept: [] })
  if (changed.length > 0) await recordChanges(tx, seq, changed.map(({ machine_id }) => machine_id))
  return { saved: savedOf(outcomes, context), seq, changed, facts, schemas }
}

/**
 * Stores reports by asking the database once, where their machines and their collectors are known: each answer of a
 * database waits for its turn in an event loop that is busy with requests.
 *
 * @returns undefined where it can't be done so, or another server has written meanwhile; nothing was written then
 */
export async function saveAtOnce (writer: Writer, reports: readonly IncomingReport[], context: SaveContext): Promise<SaveResult | undefined> {
  const { now, known } = context
  if (forgetsChanges(known.next)) return undefined
  const before = known.all(idsOf(reports))
  if (before === undefined) return undefined
  const { outcomes, changed, facts, schemas } = applyReports(reports, before, now)
  const told = new Map([...before].map(([id, { fact_digests }]) => [id, readDigests(fact_digests)]))
  const isThere = (one: SaveResult['facts'][number]): one is FactsRow => 'facts' in one && told.get(one.machine_id)!.has(one.collector)
  if (changed.length === 0 || !known.tells(schemas) || !facts.every(isThere)) return undefined
  const seq = known.next
  if (!await writer.write(writingOf(seq, changed, before, facts))) return undefined
  return { saved: savedOf(outcomes, context), seq, changed, facts, schemas }
}

/** The columns in which any of the rows is other than it was are written, of all of them. */
function writingOf (seq: number, changed: readonly InventoryRow[], before: ReadonlyMap<string, InventoryRow>, facts: readonly FactsRow[]): Writing {
  const rows = changed.map((after) => ({ after, before: before.get(after.machine_id)! }))
  const columns = (Object.keys(changed[0]!) as (keyof InventoryRow)[]).filter((column) => column === 'last_seen' || rows.some(({ after, before }) => after[column] !== before[column]))
  const machines = changed.map((row) => [...columns.map((column) => row[column]), row.machine_id])
  return { seq, ids: changed.map(({ machine_id }) => machine_id).join(' '), columns, machines, facts }
}

interface Applied {
  readonly outcomes: readonly { readonly outcome: Saved['outcome'], readonly row: InventoryRow }[]
  readonly changed: readonly InventoryRow[]
  readonly facts: SaveResult['facts']
  /** As JSON, by collector. */
  readonly schemas: ReadonlyMap<string, string>
}

/** What reports make of the rows. Reports of one machine apply in order. */
function applyReports (reports: readonly IncomingReport[], before: ReadonlyMap<string, InventoryRow>, now: Date): Applied {
  const rows = new Map(before)
  const changed = new Map<string, InventoryRow>()
  const facts = new Map<string, SaveResult['facts'][number]>()
  const schemas = new Map<string, string>()
  const outcomes = reports.map((report) => {
    const row = rows.get(report.machine_id)
    const outcome = outcomeOf(report, row)
    if (outcome === 'created' || outcome === 'updated') {
      const made = rowsOf(report, row, now)
      rows.set(report.machine_id, made.inventory)
      changed.set(report.machine_id, made.inventory)
      for (const one of made.facts) facts.set(`${one.collector} ${one.machine_id}`, one)
      for (const collector of made.silent) facts.set(`${collector} ${report.machine_id}`, { collector, machine_id: report.machine_id })
      for (const [name, schema] of Object.entries(report.schemas ?? {})) schemas.set(name, JSON.stringify(schema))
    }
    return { outcome, row: rows.get(report.machine_id)! }
  })
  return { outcomes, changed: [...changed.values()], facts: [...facts.values()], schemas }
}

function savedOf (outcomes: Applied['outcomes'], { thresholds, now }: SaveContext): Saved[] {
  return outcomes.map(({ outcome, row }) => ({ outcome, machine: machineOf(row, thresholds, now.getTime()), newest_report_id: row.report_id }))
}

function idsOf (reports: readonly IncomingReport[]): string[] {
  return [...new Set(reports.map(({ machine_id }) => machine_id))]
}

async function rowsBefore (tx: Kysely<Tables>, ids: readonly string[], { dialect, known }: {
  dialect: Dialect, known: ReturnType<KnownRows['at']>
}): Promise<Map<string, InventoryRow>> {
  const rows = new Map<string, InventoryRow>()
  const unknown = ids.filter((id) => {
    const row = known.get(id)
    if (row !== undefined) rows.set(id, row)
    return row === undefined
  })
  for (const row of await readInventory(tx, dialect, unknown)) rows.set(row.machine_id, row)
  return rows
}

/** Newer replaces; the same again, or older, changes nothing. Reports without id go by arrival. */
function outcomeOf (report: IncomingReport, row: InventoryRow | undefined): Saved['outcome'] {
  if (row === undefined) return 'created'
  if (report.report_id === undefined || row.report_id === null || report.report_id > row.report_id) return 'updated'
  return report.report_id === row.report_id && digestOf(report) !== row.report_digest ? 'conflict' : 'known'
}
