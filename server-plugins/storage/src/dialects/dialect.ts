import type { Constructor } from '@mikro-orm/core'
import type { AbstractSqlDriver } from '@mikro-orm/sql'
import { CompiledQuery, type Dialect as KyselyDialect, type Kysely } from 'kysely'
import type { InventoryRow, Tables } from '../rows.ts'

/** What the three databases have different words for. */
export interface Dialect {
  readonly kind: 'sqlite' | 'postgresql' | 'mysql'
  /** MikroORM's, which is loaded only when it is asked for: a thread that writes needs none. */
  driver (): Promise<Constructor<AbstractSqlDriver>>
  /** Opens connections, each made ready by what this database needs. */
  readonly kysely: KyselyDialect
  readonly dbName: string
  readonly columns: ColumnTypes
  /** Writes whole rows; those that are there already keep the columns that are named. */
  upsert<Row extends object>(table: keyof Tables, rows: readonly Row[], keys: readonly string[], kept: readonly string[]): readonly Statement[]
  /** Reads the rows of these machines; of one collector where it is named. */
  byMachine (table: 'inventory' | 'machine_facts', ids: readonly string[], collector?: string): readonly Statement[]
  /**
   * Reads a table, a portion at a time, in the order in which its rows lie. What is written meanwhile may be read as it
   * was, as it is, or not at all.
   */
  scan<Row extends object>(db: Kysely<Tables>, what: Scan, take: (rows: Row[]) => Promise<void>): Promise<void>
  /** An instant as it is bound, from ISO 8601 in UTC with milliseconds; and back from what a row holds. */
  readonly instants: { bind (iso: string): string, read (value: string): string }
  /** Counts the clock up by one, which locks it until the transaction ends: writers go one after another, also those of other servers. */
  tick (tx: Kysely<Tables>): Promise<number>
  /** The columns of `inventory` that a writing names wherever it names any, changed or not. */
  readonly required: readonly (keyof InventoryRow)[]
  /**
   * Counts the clock up to the number of the writing, writes over rows that are all there, and records the change: a
   * transaction that asks the database once. False where the clock was not at the number before: nothing was written then.
   */
  writeAtOnce (db: Kysely<Tables>, writing: Writing): Promise<boolean>
  /** Runs the body while no other server does. */
  alone (db: Kysely<Tables>, body: () => Promise<void>): Promise<void>
  /** `retry`: trying again may help at once; `outage`: the database can't be used right now; undefined: the statement was wrong. */
  fault (error: unknown): 'retry' | 'outage' | undefined
}

/** Columns of `inventory`; or of `machine_facts` the columns `machine_id`, which may be of several machines that have the same, one id after the other, and `facts`. */
export type Scan = { readonly table: 'inventory', readonly columns: readonly string[] } | FactsScan

export interface FactsScan {
  readonly table: 'machine_facts'
  /** Whose facts alone. */
  readonly collector: string
  /** The keys, below one another, to the value that is read in the place of all facts; null where there is none. Plain ones. */
  readonly at: readonly string[]
  /** Rows alone whose facts, as JSON, have this text in them. */
  readonly holding?: string
}

/** How many rows a scan reads at once: some 5 ms of work. */
export const scanned = 2000

/** The table's part of a scan by its key, as SQL with its parameters. */
export interface KeyedScan {
  readonly key: string
  readonly select: string
  readonly where?: string
  readonly parameters?: readonly unknown[]
  /** The keys come after this one, and up to that. */
  readonly after: string | number
  readonly upTo: string | number
}

/** Scans a table by a key in whose order its rows lie. The next portion is read while one is taken in. */
export async function scanByKey<Row extends object> (
  db: Kysely<Tables>, { key, select, where = 'true', parameters = [], after, upTo }: KeyedScan, take: (rows: Row[]) => Promise<void>
): Promise<void> {
  const text = `${select} where ${where} and ${key} > ? and ${key} <= ? order by ${key} limit ${scanned}`
  const read = async (start: string | number) => (await db.executeQuery<Row>(CompiledQuery.raw(text, [...parameters, start, upTo]))).rows
  let next: Promise<Row[]> | undefined = read(after)
  while (next !== undefined) {
    const rows: Row[] = await next
    next = rows.length < scanned ? undefined : read((rows.at(-1) as Record<string, string | number>)[key]!)
    next?.catch(() => {}) // whoever takes these in may fail first
    if (rows.length > 0) await take(rows)
  }
}

/** `$."key"."key"`: a place in JSON, as SQLite and MySQL write it. @param keys plain ones */
export function jsonPath (keys: readonly string[]): string {
  return ['$', ...keys.map((key) => `"${key}"`)].join('.')
}

/** What is written over rows that are all there, in a form that goes to a thread with little work. */
export interface Writing {
  /** The number of the transaction. */
  readonly seq: number
  /** The machines' ids, with a space between, as `machine_changes` holds them. */
  readonly ids: string
  /** When they reported, as ISO 8601 in UTC: it becomes `last_seen` and `updated_at`. */
  readonly seen: string
  /** The columns of `inventory` that are given besides: those that are set, and those that are required; often none. */
  readonly columns: readonly (keyof InventoryRow)[]
  /** Those of them that are as they were in all rows, and are given because they are required. */
  readonly unchanged: readonly (keyof InventoryRow)[]
  /** Of each column its values, in the order of the ids. */
  readonly values: readonly (readonly unknown[])[]
  /** Rows of `machine_facts`: a column of each, in one order. */
  readonly facts: { readonly collectors: readonly string[], readonly ids: readonly string[], readonly texts: readonly string[] }
}

export interface Statement {
  readonly text: string
  readonly parameters: readonly unknown[]
}

/** Types of columns, as `create table` has them. */
export interface ColumnTypes {
  readonly machineId: string
  readonly text: (length: number) => string
  /** Text without bound. */
  readonly long: string
  readonly double: string
  readonly instant: string
  /** What follows the columns of a table, such as its collation. */
  readonly table: string
  /** What follows the columns of a table whose rows lie in the order of their key. */
  readonly clustered: string
  readonly quote: (name: string) => string
  /** How a table is told to leave room beside its rows, where it can be. */
  readonly room?: string
  /** SQLite alone has been in use before facts lay by collector, and is told to move them. */
  readonly json?: boolean
}

/** Splits items into portions whose sizes are powers of two, so that few texts serve any number. */
export function * portions<Item> (items: readonly Item[], largest = 128): Generator<readonly Item[]> {
  let start = 0
  while (start < items.length) {
    const size = Math.min(largest, 2 ** Math.floor(Math.log2(items.length - start)))
    yield items.slice(start, start + size)
    start += size
  }
}

/** Keeps what was made under a key, so that a statement's text is put together once. */
export function once (): (key: string, make: () => string) => string {
  const texts = new Map<string, string>()
  return (key, make) => {
    let text = texts.get(key)
    if (text === undefined) texts.set(key, text = make())
    return text
  }
}

/** `(?, ?), (?, ?)`: so many rows of so many columns. */
export function placeholders (rows: number, columns: number): string {
  const row = `(${Array(columns).fill('?').join(', ')})`
  return Array(rows).fill(row).join(', ')
}
