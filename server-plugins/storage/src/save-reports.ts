import type { IncomingReport, Saved } from '@tatuscan/core'
import type { Kysely } from 'kysely'
import type { Dialect, Writing } from './dialects/dialect.ts'
import type { KnownRow, KnownRows } from './known-rows.ts'
import { digestOf, machineOf, rowsOf, type FactsRow, type InventoryRow, type Tables, type ToldFacts } from './rows.ts'
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
  /** The number of the transaction, and the rows that it wrote: what each was made. */
  readonly seq: number
  readonly changes: readonly KnownRow[]
  /** The facts that are other than before, and those that are no more, as JSON. */
  readonly facts: readonly ToldFacts[]
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
  const rows = await rowsBefore(tx, [...new Set(reports.map(({ machine_id }) => machine_id))], { dialect, known: known.at(seq) })
  const { saved, changes, facts, schemas } = applyReports(reports, reports.map(({ machine_id }) => rows.get(machine_id)!), context)

  // An index is rewritten for every column that a statement sets, changed or not, so the indexed one is set where it must be.
  const isRenamed = ({ row, made }: KnownRow): boolean => row?.hostname !== made!.hostname
  const renamed = changes.filter(isRenamed).map(({ made }) => made!)
  const others = changes.filter((change) => !isRenamed(change)).map(({ made }) => made!)
  await writeRows(tx, dialect, 'inventory', renamed, { keys: ['machine_id'], kept: ['created_at'] })
  await writeRows(tx, dialect, 'inventory', others, { keys: ['machine_id'], kept: ['created_at', 'hostname'] })
  await writeRows(tx, dialect, 'machine_facts', facts.filter(isThere), { keys: ['collector', 'machine_id'], kept: [] })
  await removeFacts(tx, facts.filter((one) => !isThere(one)))
  const stored = await readSchemas(tx, [...schemas.keys()])
  const fresh = [...schemas].filter(([name, json]) => stored.get(name) !== json)
  await writeRows(tx, dialect, 'collectors', fresh.map(([name, json_schema]) => ({ name, json_schema, updated_at: now.toISOString() })), { keys: ['name'], kept: [] })
  if (changes.length > 0) await recordChanges(tx, seq, changes.map(({ made }) => made!.machine_id))
  return { saved, seq, changes, facts, schemas }
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
  const those: KnownRow[] = []
  for (const { machine_id } of reports) {
    const row = rows.get(machine_id)
    if (row === undefined) return undefined
    those.push(row)
  }
  const { saved, changes, facts, schemas, overwrites } = applyReports(reports, those, context)
  if (!overwrites || changes.length === 0 || !known.tells(schemas)) return undefined
  if (!await writer.write(writingOf({ seq, dialect, changes, facts: facts.filter(isThere) }))) return undefined
  return { saved, seq, changes, facts, schemas }
}

/** The columns in which any of the rows is made other than it is are written, of all of them. */
function writingOf ({ seq, dialect, changes, facts }: {
  readonly seq: number, readonly dialect: Dialect, readonly changes: readonly KnownRow[], readonly facts: readonly FactsRow[]
}): Writing {
  let other = 0
  for (const { row, made } of changes) other |= differing(row!, made!)
  const changed = compared.filter((_, index) => (other & 1 << index) !== 0)
  const unchanged = other === 0 ? [] : dialect.required.filter((column) => !changed.includes(column as typeof changed[number]))
  const columns = [...changed, ...unchanged]
  return {
    seq,
    ids: changes.map(({ made }) => made!.machine_id).join(' '),
    seen: changes[0]!.made!.last_seen,
    columns,
    unchanged,
    values: columns.map((column) => changes.map(({ made }) => made![column])),
    facts: { collectors: facts.map(({ collector }) => collector), ids: facts.map(({ machine_id }) => machine_id), texts: facts.map((one) => one.facts) }
  }
}

/** The columns that are written beside `last_seen` and `updated_at`. */
const compared = [
  'created_at', 'hostname', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'computer_model', 'computer_activation',
  'activation_days', 'agent_version', 'interval_s', 'report_id', 'report_digest', 'failures', 'fact_digests', 'clock_offset_s', 'turns', 'unverified'
] as const satisfies readonly (keyof InventoryRow)[]

/** In which of {@link compared} two rows differ, a bit each: by name, which takes a fraction of the time that a loop does. */
function differing (row: InventoryRow, made: InventoryRow): number {
  return Number(row.created_at !== made.created_at) |
    Number(row.hostname !== made.hostname) << 1 |
    Number(row.ip !== made.ip) << 2 |
    Number(row.os !== made.os) << 3 |
    Number(row.os_version !== made.os_version) << 4 |
    Number(row.cpu_percent !== made.cpu_percent) << 5 |
    Number(row.memory_total_mb !== made.memory_total_mb) << 6 |
    Number(row.memory_used_mb !== made.memory_used_mb) << 7 |
    Number(row.computer_model !== made.computer_model) << 8 |
    Number(row.computer_activation !== made.computer_activation) << 9 |
    Number(row.activation_days !== made.activation_days) << 10 |
    Number(row.agent_version !== made.agent_version) << 11 |
    Number(row.interval_s !== made.interval_s) << 12 |
    Number(row.report_id !== made.report_id) << 13 |
    Number(row.report_digest !== made.report_digest) << 14 |
    Number(row.failures !== made.failures) << 15 |
    Number(row.fact_digests !== made.fact_digests) << 16 |
    Number(row.clock_offset_s !== made.clock_offset_s) << 17 |
    Number(row.turns !== made.turns) << 18 |
    Number(row.unverified !== made.unverified) << 19
}

type Applied = Omit<SaveResult, 'seq'> & {
  /** Whether every row of a machine and of facts that is written is there already, and none is to be removed. */
  readonly overwrites: boolean
}

/** What reports make of the rows, of which each report's is given. Reports of one machine apply in order. */
function applyReports (reports: readonly IncomingReport[], rows: readonly KnownRow[], { thresholds, now }: SaveContext): Applied {
  const arrival = { at: now.getTime(), text: now.toISOString() }
  const changes: KnownRow[] = []
  const facts = new Map<string, SaveResult['facts'][number]>()
  const schemas = new Map<string, string>()
  let overwrites = true
  for (const row of rows) row.made = undefined // a batch may be tried again
  const saved = reports.map((report, index) => {
    const { machine_id: id } = report
    const known = rows[index]!
    let row = known.made ?? known.row
    const outcome = outcomeOf(report, row)
    if (outcome === 'created' || outcome === 'updated') {
      const made = rowsOf(report, row, arrival)
      overwrites &&= row !== undefined && made.overwrites
      row = made.inventory
      if (known.made === undefined) changes.push(known)
      known.made = row
      for (const one of made.facts) facts.set(`${one.collector} ${id}`, one)
      for (const collector of made.silent) facts.set(`${collector} ${id}`, { collector, machine_id: id })
      if (report.schemas !== undefined) for (const [name, schema] of Object.entries(report.schemas)) schemas.set(name, JSON.stringify(schema))
    }
    return { outcome, machine: machineOf(row!, thresholds, arrival.at), newest_report_id: row!.report_id }
  })
  return { saved, changes, facts: [...facts.values()], schemas, overwrites }
}

function isThere (one: SaveResult['facts'][number]): one is FactsRow {
  return 'facts' in one
}

/** The rows of these machines: those that are known, and what the database has of the others. */
async function rowsBefore (tx: Kysely<Tables>, ids: readonly string[], { dialect, known }: {
  dialect: Dialect, known: ReturnType<KnownRows['at']>
}): Promise<Map<string, KnownRow>> {
  const rows = new Map(ids.map((id) => [id, known.get(id) ?? { row: undefined, made: undefined, kept: false }]))
  for (const row of await readInventory(tx, dialect, ids.filter((id) => !rows.get(id)!.kept))) rows.get(row.machine_id)!.row = row
  return rows
}

/** Newer replaces; the same again, or older, changes nothing. Reports without id go by arrival. */
function outcomeOf (report: IncomingReport, row: InventoryRow | undefined): Saved['outcome'] {
  if (row === undefined) return 'created'
  if (report.report_id === undefined || row.report_id === null || report.report_id > row.report_id) return 'updated'
  return report.report_id === row.report_id && digestOf(report) !== row.report_digest ? 'conflict' : 'known'
}
