import type { InventoryRow, ToldFacts } from './rows.ts'

/** A machine's row. */
export interface KnownRow {
  /** As it is stored; undefined: not yet. */
  row: InventoryRow | undefined
  /** As the batch under way makes it; undefined: not at all. */
  made: InventoryRow | undefined
  /** Whether it is among the known ones. */
  kept: boolean
  /** Whether the roster has yet to take it in. */
  noted?: boolean
  /** By collector, what the roster has to take in with it. */
  facts?: Map<string, ToldFacts>
}

/**
 * The rows that this server wrote last, so that they needn't be read before they are written again. They hold as long as
 * nobody else has written, which the clock tells: a transaction whose number follows the last one's met no other.
 */
export interface KnownRows {
  /** What is known for the transaction of this number: nothing where another came between. */
  at (seq: number): { get (machineId: string): KnownRow | undefined }
  /** Whether these are the schemas that are stored, as JSON by collector, as far as this server knows. */
  tells (schemas: ReadonlyMap<string, string>): boolean
  /** The number of the next transaction, should nobody else write before it. */
  readonly next: number
  /** Takes in what the transaction of this number has committed: of each row what it was made. */
  learn (seq: number, changes: readonly KnownRow[], schemas: ReadonlyMap<string, string>): void
}

/** @param size how many rows are kept; each takes about a kilobyte */
export function createKnownRows (size = 20_000): KnownRows {
  const rows = new Map<string, KnownRow>()
  const stored = new Map<string, string>()
  let last = NaN
  return {
    at (seq) {
      if (seq !== last + 1) {
        rows.clear()
        stored.clear()
      }
      return rows
    },
    tells: (schemas) => [...schemas].every(([name, json]) => stored.get(name) === json),
    get next () { return last + 1 },
    learn (seq, changes, schemas) {
      for (const [name, json] of schemas) stored.set(name, json)
      for (const change of changes) {
        if (!change.kept) rows.set(change.made!.machine_id, change)
        change.row = change.made
        change.made = undefined
        change.kept = true
      }
      for (const oldest of rows.keys()) {
        if (rows.size <= size) break
        rows.delete(oldest)
      }
      last = seq
    }
  }
}
