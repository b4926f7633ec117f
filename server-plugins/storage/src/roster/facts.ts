import { collectorNamePattern, type MachineFilter } from '@tatuscan/core'

/** A fact's place: a collector, and the keys below one another. */
export interface FactPath {
  readonly collector: string
  readonly keys: readonly string[]
}

/** @param path `<collector>.<key>.<key>…` */
export function readFactPath (path: string): FactPath {
  const [collector, ...keys] = path.split('.')
  return { collector: collector!, keys }
}

/** The facts that a question is about, each as `<collector>.<path>`. @param names of which some are of facts: `facts.<collector>.<path>` */
export function factPaths ({ facts = {}, ranges = {}, except = {} }: MachineFilter, ...names: readonly string[]): string[] {
  const named = [...Object.keys(ranges), ...Object.keys(except), ...names].filter((name) => name.startsWith('facts.')).map((name) => name.slice('facts.'.length))
  return [...new Set([...Object.keys(facts), ...named])]
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
