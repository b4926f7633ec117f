import type { InventoryRow } from '../rows.ts'

/** What a machine that is there already may gain; all else stays as it is. */
const gained = ['created_at', 'computer_model', 'computer_activation', 'activation_days'] as const satisfies readonly (keyof InventoryRow)[]

export interface Counts {
  /** Machines that were not there yet. */
  readonly created: number
  /** Machines that were there, and gain something. */
  readonly completed: number
  /** Machines that were there, and gain nothing. */
  readonly unchanged: number
}

export interface Plan {
  readonly counts: Counts
  /** The rows to write of machines that are not there yet, and of those that are. */
  readonly created: readonly InventoryRow[]
  readonly completed: readonly InventoryRow[]
}

/** Says what the original's machines change about those that are there. */
export function planOf (originals: readonly InventoryRow[], there: readonly InventoryRow[]): Plan {
  const rows = new Map(there.map((row) => [row.machine_id, row]))
  const known = new Set(rows.keys())
  const counts = { created: 0, completed: 0, unchanged: 0 }
  const written = new Set<string>()
  for (const original of originals) {
    const { machine_id: id } = original
    const before = rows.get(id)
    const after = before === undefined ? original : complete(before, original)
    counts[before === undefined ? 'created' : after === before ? 'unchanged' : 'completed']++
    if (after === before) continue
    rows.set(id, after)
    written.add(id)
  }
  const byKnown = Map.groupBy([...written], (id) => known.has(id))
  const rowsOf = (ids: readonly string[] = []) => ids.map((id) => rows.get(id)!)
  return { counts, created: rowsOf(byKnown.get(false)), completed: rowsOf(byKnown.get(true)) }
}

/** The columns of a row that completing it leaves alone. */
export function keptOf (row: InventoryRow): (keyof InventoryRow)[] {
  return (Object.keys(row) as (keyof InventoryRow)[]).filter((column) => !(gained as readonly string[]).includes(column))
}

function complete (row: InventoryRow, original: InventoryRow): InventoryRow {
  const after = {
    ...row,
    created_at: original.created_at < row.created_at ? original.created_at : row.created_at,
    computer_model: row.computer_model || original.computer_model || row.computer_model, // '' is no model either
    computer_activation: row.computer_activation ?? original.computer_activation,
    activation_days: row.activation_days ?? original.activation_days
  }
  return gained.some((column) => after[column] !== row[column]) ? after : row
}
