import type { InventoryRow } from './rows.ts'

/**
 * The rows that this server wrote last, so that they needn't be read before they are written again. They hold as long as
 * nobody else has written, which the clock tells: a transaction whose number follows the last one's met no other.
 */
export interface KnownRows {
  /** What is known for the transaction of this number: nothing where another came between. */
  at (seq: number): { get (machineId: string): InventoryRow | undefined }
  /** Whether these are the schemas that are stored, as JSON by collector, as far as this server knows. */
  tells (schemas: ReadonlyMap<string, string>): boolean
  /** The number of the next transaction, should nobody else write before it. */
  readonly next: number
  /** Takes in what the transaction of this number has committed. */
  learn (seq: number, rows: readonly InventoryRow[], schemas: ReadonlyMap<string, string>): void
}

/** @param size how many rows are kept; each takes about a kilobyte */
export function createKnownRows (size = 20_000): KnownRows {
  const rows = new Map<string, InventoryRow>()
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
    learn (seq, written, schemas) {
      for (const [name, json] of schemas) stored.set(name, json)
      for (const row of written) rows.set(row.machine_id, row)
      for (const oldest of rows.keys()) {
        if (rows.size <= size) break
        rows.delete(oldest)
      }
      last = seq
    }
  }
}
