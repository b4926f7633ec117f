import type { IncomingReport, Saved } from '@tatuscan/core'
import type { Kysely } from 'kysely'
import type { Dialect, Writing } from './dialects/dialect.ts'
import type { KnownRows } from './known-rows.ts'
import { digestOf, machineOf, rowsOf, type FactsRow, type InventoryRow, type Tables } from './rows.ts'
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
  const before = await rowsBefore(tx, [...new Set(reports.map(({ machine_id }) => machine_id))], { dialect, known: known.at(seq) })
  const { saved, changed, facts, schemas } = applyReports(reports, before, context)

  // An index is rewritten for every column that a statement sets, changed or not, so the indexed one is set where it must be.
  const renamed = (row: InventoryRow) => before.get(row.machine_id)?.hostname !== row.hostname
  await writeRows(tx, dialect, 'inventory', changed.filter(renamed), { keys: ['machine_id'], kept: ['created_at'] })
  await writeRows(tx, dialect, 'inventory', changed.filter((row) => !renamed(row)), { keys: ['machine_id'], kept: ['created_at', 'hostname'] })
  await writeRows(tx, dialect, 'machine_facts', facts.filter(isThere), { keys: ['collector', 'machine_id'], kept: [] })
  await removeFacts(tx, facts.filter((one) => !isThere(one)))
  const stored = await readSchemas(tx, [...schemas.keys()])
  const fresh = [...schemas].filter(([name, json]) => stored.get(name) !== json)
  await writeRows(tx, dialect, 'collectors', fresh.map(([name, json_schema]) => ({ name, json_schema, updated_at: now.toISOString() })), { keys: ['name'], kept: [] })
  if (changed.length > 0) await recordChanges(tx, seq, changed.map(({ machine_id }) => machine_id))
  return { saved, seq, changed, facts, schemas }
}

/**
 * Stores reports by asking the database once, where their machines and their collectors are known: each answer of a
 * database waits for its turn in an event loop that is busy with requests.
 *
 * @returns undefined where it can't be done so, or another server has written meanwhile; nothing was written then
 */
export async function saveAtOnce (writer: Writer, reports: readonly IncomingReport[], context: SaveContext): Promise<SaveResult | undefined> {
  const { dialect, known } = context
  const seq = known.next
  if (forgetsChanges(seq)) return undefined
  const before = known.at(seq)
  for (const { machine_id } of reports) if (before.get(machine_id) === undefined) return undefined
  const { saved, changed, facts, schemas, overwrites } = applyReports(reports, before, context)
  if (!overwrites || changed.length === 0 || !known.tells(schemas)) return undefined
  if (!await writer.write(writingOf({ seq, dialect, before, changed, facts: facts.filter(isThere) }))) return undefined
  return { saved, seq, changed, facts, schemas }
}

/** The columns in which any of the rows is other than it was are written, of all of them. */
function writingOf ({ seq, dialect, before, changed, facts }: {
  readonly seq: number, readonly dialect: Dialect, readonly before: RowsBefore, readonly changed: readonly InventoryRow[], readonly facts: readonly FactsRow[]
}): Writing {
  const rowsBefore = changed.map(({ machine_id }) => before.get(machine_id)!)
  const other = variable.filter((column) => changed.some((row, index) => row[column] !== rowsBefore[index]![column]))
  const columns = other.length === 0 ? other : [...new Set([...dialect.required, ...other])]
  return {
    seq,
    ids: changed.map(({ machine_id }) => machine_id).join(' '),
    seen: changed[0]!.last_seen,
    columns,
    values: columns.map((column) => changed.map((row) => row[column])),
    facts: { collectors: facts.map(({ collector }) => collector), ids: facts.map(({ machine_id }) => machine_id), texts: facts.map((one) => one.facts) }
  }
}

/** The columns that a report may change beside `last_seen` and `updated_at`. */
const variable = [
  'hostname', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'computer_model', 'computer_activation', 'activation_days',
  'agent_version', 'interval_s', 'report_id', 'report_digest', 'failures', 'fact_digests', 'clock_offset_s', 'turns', 'unverified'
] as const satisfies readonly (keyof InventoryRow)[]

type RowsBefore = Pick<ReadonlyMap<string, InventoryRow>, 'get'>

type Applied = Omit<SaveResult, 'seq'> & {
  /** Whether every row of a machine and of facts that is written is there already, and none is to be removed. */
  readonly overwrites: boolean
}

/** What reports make of the rows. Reports of one machine apply in order. */
function applyReports (reports: readonly IncomingReport[], before: RowsBefore, { thresholds, now }: SaveContext): Applied {
  const arrival = { at: now.getTime(), text: now.toISOString() }
  const changed = new Map<string, InventoryRow>()
  const facts = new Map<string, SaveResult['facts'][number]>()
  const schemas = new Map<string, string>()
  let overwrites = true
  const saved = reports.map((report) => {
    const { machine_id: id } = report
    let row = changed.get(id) ?? before.get(id)
    const outcome = outcomeOf(report, row)
    if (outcome === 'created' || outcome === 'updated') {
      const made = rowsOf(report, row, arrival)
      overwrites &&= row !== undefined && made.overwrites
      row = made.inventory
      changed.set(id, row)
      for (const one of made.facts) facts.set(`${one.collector} ${id}`, one)
      for (const collector of made.silent) facts.set(`${collector} ${id}`, { collector, machine_id: id })
      if (report.schemas !== undefined) for (const [name, schema] of Object.entries(report.schemas)) schemas.set(name, JSON.stringify(schema))
    }
    return { outcome, machine: machineOf(row!, thresholds, arrival.at), newest_report_id: row!.report_id }
  })
  return { saved, changed: [...changed.values()], facts: [...facts.values()], schemas, overwrites }
}

function isThere (one: SaveResult['facts'][number]): one is FactsRow {
  return 'facts' in one
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
