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
  const { saved, changes, facts, schemas } = applyReports(reports, reports.map(({ machine_id }) => before.get(machine_id)), context)
  const changed = changes.map(({ row }) => row)

  // An index is rewritten for every column that a statement sets, changed or not, so the indexed one is set where it must be.
  const isRenamed = ({ row, before }: Change): boolean => before?.hostname !== row.hostname
  const renamed = changes.filter(isRenamed).map(({ row }) => row)
  const others = changes.filter((change) => !isRenamed(change)).map(({ row }) => row)
  await writeRows(tx, dialect, 'inventory', renamed, { keys: ['machine_id'], kept: ['created_at'] })
  await writeRows(tx, dialect, 'inventory', others, { keys: ['machine_id'], kept: ['created_at', 'hostname'] })
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
  const rows = known.at(seq)
  const before: InventoryRow[] = []
  for (const { machine_id } of reports) {
    const row = rows.get(machine_id)
    if (row === undefined) return undefined
    before.push(row)
  }
  const { saved, changes, facts, schemas, overwrites } = applyReports(reports, before, context)
  if (!overwrites || changes.length === 0 || !known.tells(schemas)) return undefined
  if (!await writer.write(writingOf({ seq, dialect, changes: changes as Overwriting[], facts: facts.filter(isThere) }))) return undefined
  return { saved, seq, changed: changes.map(({ row }) => row), facts, schemas }
}

/** What becomes of a machine's row. */
interface Change {
  readonly before: InventoryRow | undefined
  row: InventoryRow
}

type Overwriting = Change & { readonly before: InventoryRow }

/** The columns in which any of the rows is other than it was are written, of all of them. */
function writingOf ({ seq, dialect, changes, facts }: {
  readonly seq: number, readonly dialect: Dialect, readonly changes: readonly Overwriting[], readonly facts: readonly FactsRow[]
}): Writing {
  const isOther = (read: Reader): boolean => changes.some(({ row, before }) => read(row) !== read(before))
  const other = readers.filter(([, read]) => isOther(read))
  const columns = other.length === 0 ? [] : readers.filter((reader) => other.includes(reader) || dialect.required.includes(reader[0]))
  return {
    seq,
    ids: changes.map(({ row }) => row.machine_id).join(' '),
    seen: changes[0]!.row.last_seen,
    columns: columns.map(([column]) => column),
    values: columns.map(([, read]) => changes.map(({ row }) => read(row))),
    facts: { collectors: facts.map(({ collector }) => collector), ids: facts.map(({ machine_id }) => machine_id), texts: facts.map((one) => one.facts) }
  }
}

type Reader = (row: InventoryRow) => unknown

/** The columns that are written beside `last_seen` and `updated_at`: by a function each, which is faster than by its name. */
const readers = Object.entries({
  created_at: (row) => row.created_at,
  hostname: (row) => row.hostname,
  ip: (row) => row.ip,
  os: (row) => row.os,
  os_version: (row) => row.os_version,
  cpu_percent: (row) => row.cpu_percent,
  memory_total_mb: (row) => row.memory_total_mb,
  memory_used_mb: (row) => row.memory_used_mb,
  computer_model: (row) => row.computer_model,
  computer_activation: (row) => row.computer_activation,
  activation_days: (row) => row.activation_days,
  agent_version: (row) => row.agent_version,
  interval_s: (row) => row.interval_s,
  report_id: (row) => row.report_id,
  report_digest: (row) => row.report_digest,
  failures: (row) => row.failures,
  fact_digests: (row) => row.fact_digests,
  clock_offset_s: (row) => row.clock_offset_s,
  turns: (row) => row.turns,
  unverified: (row) => row.unverified
} satisfies Partial<Record<keyof InventoryRow, Reader>>) as [keyof InventoryRow, Reader][]

interface Applied extends Pick<SaveResult, 'saved' | 'facts' | 'schemas'> {
  readonly changes: readonly Change[]
  /** Whether every row of a machine and of facts that is written is there already, and none is to be removed. */
  readonly overwrites: boolean
}

/** What reports make of the rows, of which each report's is given. Reports of one machine apply in order. */
function applyReports (reports: readonly IncomingReport[], before: readonly (InventoryRow | undefined)[], { thresholds, now }: SaveContext): Applied {
  const arrival = { at: now.getTime(), text: now.toISOString() }
  const changes = new Map<string, Change>()
  const facts = new Map<string, SaveResult['facts'][number]>()
  const schemas = new Map<string, string>()
  let overwrites = true
  const saved = reports.map((report, index) => {
    const { machine_id: id } = report
    const change = changes.get(id)
    let row = change === undefined ? before[index] : change.row
    const outcome = outcomeOf(report, row)
    if (outcome === 'created' || outcome === 'updated') {
      const made = rowsOf(report, row, arrival)
      overwrites &&= row !== undefined && made.overwrites
      row = made.inventory
      if (change === undefined) changes.set(id, { before: before[index], row })
      else change.row = row
      for (const one of made.facts) facts.set(`${one.collector} ${id}`, one)
      for (const collector of made.silent) facts.set(`${collector} ${id}`, { collector, machine_id: id })
      if (report.schemas !== undefined) for (const [name, schema] of Object.entries(report.schemas)) schemas.set(name, JSON.stringify(schema))
    }
    return { outcome, machine: machineOf(row!, thresholds, arrival.at), newest_report_id: row!.report_id }
  })
  return { saved, changes: [...changes.values()], facts: [...facts.values()], schemas, overwrites }
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
