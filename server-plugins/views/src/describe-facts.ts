/** What a fact is shown as. */
export type Shown =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'text', readonly text: string }
  | { readonly kind: 'flag', readonly value: boolean }
  | { readonly kind: 'number', readonly value: number, readonly unit: string | undefined }
  | { readonly kind: 'instant', readonly value: Date }
  | { readonly kind: 'list', readonly items: readonly Shown[] }
  | { readonly kind: 'group', readonly rows: readonly Row[] }
  | { readonly kind: 'table', readonly columns: readonly string[], readonly rows: readonly (readonly Shown[])[] }

export interface Row {
  readonly label: string
  readonly shown: Shown
}

interface SchemaNode {
  readonly title?: unknown
  readonly unit?: unknown
  readonly format?: unknown
  readonly properties?: unknown
  readonly items?: unknown
  readonly type?: unknown
}

/** Titles come in the words of whoever wrote the collector; a language may know better ones. */
export type Translate = (title: string) => string

const asItIs: Translate = (title) => title

/**
 * Facts as rows, in the schema's order, with its titles and units. The schema came over the wire: nothing in it is
 * relied upon, and what it doesn't know is shown under its own name.
 */
export function describeFacts (facts: Readonly<Record<string, unknown>>, schema: unknown, translate = asItIs): Row[] {
  const properties = propertiesOf(schema)
  const names = [...Object.keys(properties).filter((name) => Object.hasOwn(facts, name)), ...Object.keys(facts).filter((name) => !Object.hasOwn(properties, name))]
  return names.map((name) => ({ label: titleOf(properties, name, translate), shown: describeFact(facts[name], propertyOf(properties, name), translate) }))
}

/** What a collector calls its facts; its name where its schema tells no title. */
export function collectorTitle (name: string, schema: unknown, translate = asItIs): string {
  const title = text(node(schema).title)
  return title === undefined ? name : translate(title)
}

/** One fact that a schema knows. */
export interface KnownFact {
  /** The keys that lead to it. */
  readonly keys: readonly string[]
  readonly label: string
  readonly unit: string | undefined
  readonly numeric: boolean
  /** Whether it is one value, or a list of such: what can be filtered by. */
  readonly plain: boolean
  readonly schema: unknown
}

/** The facts that a schema knows, those of objects inside one another too. What a name with dots can't name is left out. */
export function knownFacts (schema: unknown, translate = asItIs): KnownFact[] {
  return Object.entries(propertiesOf(schema)).filter(([name]) => name !== '' && !name.includes('.')).flatMap(([name, property]): KnownFact[] => {
    const label = titleOf({ [name]: property }, name, translate)
    const inner = knownFacts(property, translate)
    if (inner.length > 0) return inner.map((fact) => ({ ...fact, keys: [name, ...fact.keys], label: `${label}: ${fact.label}` }))
    const { type, unit, items } = node(property)
    const types = [type].flat()
    const plain = !types.includes('object') && Object.keys(propertiesOf(items)).length === 0
    return [{ keys: [name], label, unit: text(unit), numeric: types.includes('number') || types.includes('integer'), plain, schema: property }]
  })
}

/** One fact as it is shown. */
export function describeFact (fact: unknown, given: unknown, translate = asItIs): Shown {
  const schema = node(given)
  if (fact === null || fact === undefined) return { kind: 'unknown' }
  if (typeof fact === 'boolean') return { kind: 'flag', value: fact }
  if (typeof fact === 'number') return { kind: 'number', value: fact, unit: text(schema.unit) }
  if (Array.isArray(fact)) return showArray(fact, node(schema.items), translate)
  if (typeof fact === 'object') return { kind: 'group', rows: describeFacts(fact as Record<string, unknown>, schema, translate) }
  const instant = schema.format === 'date-time' ? new Date(String(fact)) : undefined
  if (instant !== undefined && !Number.isNaN(instant.getTime())) return { kind: 'instant', value: instant }
  return { kind: 'text', text: String(fact) }
}

/** Objects make a table, with a column for each name that one of them has; anything else a list. */
function showArray (items: readonly unknown[], schema: SchemaNode, translate: Translate): Shown {
  if (items.length === 0 || !items.every(isPlainObject)) return { kind: 'list', items: items.map((item) => describeFact(item, schema, translate)) }
  const properties = propertiesOf(schema)
  const present = new Set(items.flatMap((item) => Object.keys(item)))
  const names = [...Object.keys(properties).filter((name) => present.delete(name)), ...present]
  return {
    kind: 'table',
    columns: names.map((name) => titleOf(properties, name, translate)),
    rows: items.map((item) => names.map((name) => describeFact(Object.hasOwn(item, name) ? item[name] : null, propertyOf(properties, name), translate)))
  }
}

function isPlainObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function node (schema: unknown): SchemaNode {
  return isPlainObject(schema) ? schema : {}
}

function propertiesOf (schema: unknown): Record<string, unknown> {
  const { properties } = node(schema)
  return isPlainObject(properties) ? properties : {}
}

function propertyOf (properties: Record<string, unknown>, name: string): SchemaNode {
  return node(Object.hasOwn(properties, name) ? properties[name] : undefined)
}

function titleOf (properties: Record<string, unknown>, name: string, translate: Translate): string {
  const title = text(propertyOf(properties, name).title)
  return title === undefined ? name : translate(title)
}

function text (value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
