import { collectorNamePattern, parseJson, type MachineFilter } from '@tatuscan/core'

/** What a column of facts is of: a place, which is a collector and the keys below one another. */
export interface FactColumn {
  readonly collector: string
  readonly keys: readonly string[]
  /** The column is of the machines alone on which the fact reads so; of all others it knows nothing. */
  readonly reading?: string
}

/** @param path `<collector>.<key>.<key>…` */
export function columnName (path: string, reading?: string): string {
  return JSON.stringify([path, reading])
}

export function readColumnName (name: string): FactColumn {
  const [path, reading] = JSON.parse(name) as [string, string | null]
  const [collector, ...keys] = path.split('.')
  return { collector: collector!, keys, ...reading !== null && { reading } }
}

/** The name of the column that knows the fact of every machine. */
export function wholeColumn (name: string): string {
  return columnName((JSON.parse(name) as [string])[0])
}

/**
 * The columns that a question needs, by name. To find the machines on which a fact reads as is wanted takes a column of
 * those alone, which costs little; what is unknown of a machine takes one of all.
 *
 * @param names of which some are of facts: `facts.<collector>.<path>`
 */
export function factColumns ({ facts = {}, ranges = {}, except = {} }: MachineFilter, ...names: readonly string[]): string[] {
  const named = [...Object.keys(ranges), ...Object.keys(except), ...names].filter((name) => name.startsWith('facts.')).map((name) => columnName(name.slice('facts.'.length)))
  return [...new Set([...Object.entries(facts).map(([path, wanted]) => wanted === '' ? columnName(path) : columnName(path, wanted)), ...named])]
}

/** What else a filter names no machine tells of, and not every database can be asked for. */
export function isCollector (name: string): boolean {
  return collectorNamePattern.test(name)
}

/** The value at a place in a collector's facts, as JSON; null where there is none. */
export function factAt (facts: unknown, keys: readonly string[]): string | null {
  let value = facts
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return null
    value = (value as Record<string, unknown>)[key]
  }
  return value === null || value === undefined ? null : JSON.stringify(value)
}

/** The fact below what a database found at a place, as JSON; null where there is none. */
export function factBelow (json: string | null, keys: readonly string[]): string | null {
  if (json === null || (keys.length === 0 && json.startsWith('"'))) return json
  return factAt(parseJson(json), keys) // also to write numbers and lists as they are everywhere
}

/** As many of these keys, from the first on, as every database takes for what they are in a path. */
export function plainKeys (keys: readonly string[]): readonly string[] {
  const odd = keys.findIndex((key) => !/^(?!-)[^"\\\p{C}]+$/u.test(key)) // MariaDB finds nothing where one begins with a minus
  return odd === -1 ? keys : keys.slice(0, odd)
}

/** Whether a fact, as JSON, reads as is wanted, or is a list that holds one that does. Wanting nothing asks for what is unknown. */
export function factReading (wanted: string): (json: string | null) => boolean {
  const text = JSON.stringify(wanted)
  return (json) => {
    switch (json?.[0]) {
      case undefined: return wanted === ''
      case '[': return (JSON.parse(json!) as unknown[]).some((one) => reads(one, wanted))
      case '{': return false
      case '"': return json === text
      default: return json === wanted
    }
  }
}

/** Whether a fact, as JSON, reads as none of these, or is a list that holds one that does. The empty text stands for what is unknown. */
export function factOtherThan (texts: readonly string[]): (json: string | null) => boolean {
  const these = new Set(texts)
  return (json) => json === null ? !these.has('') : factValues(json).some((value) => !these.has(String(value)))
}

function reads (value: unknown, wanted: string): boolean {
  return value === null || typeof value === 'object' ? false : String(value) === wanted
}

/** What counts of a fact: its value, and of a list each that it holds, once; neither objects nor lists within one. */
export function factValues (json: string): unknown[] {
  const value = JSON.parse(json) as unknown
  const values = Array.isArray(value) ? [...new Set(value as unknown[])] : [value]
  return values.filter((one) => one !== null && typeof one !== 'object')
}

/** The places that a collector's schema calls `indexed`, each as `<collector>.<key>.<key>…`. */
export function indexedFacts (path: string, schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { indexed, properties } = schema as { indexed?: unknown, properties?: unknown }
  const below = typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
  return [...indexed === true ? [path] : [], ...below.flatMap(([key, of]) => indexedFacts(`${path}.${key}`, of))]
}
