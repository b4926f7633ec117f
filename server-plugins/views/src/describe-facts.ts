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
}

/**
 * Facts as rows, in the schema's order, with its titles and units. The schema came over the wire: nothing in it is
 * relied upon, and what it doesn't know is shown under its own name.
 */
export function describeFacts (facts: Readonly<Record<string, unknown>>, schema: unknown): Row[] {
  const properties = propertiesOf(schema)
  const names = [...Object.keys(properties).filter((name) => Object.hasOwn(facts, name)), ...Object.keys(facts).filter((name) => !Object.hasOwn(properties, name))]
  return names.map((name) => ({ label: titleOf(properties, name), shown: show(facts[name], propertyOf(properties, name)) }))
}

/** What a collector calls its facts; its name where its schema tells no title. */
export function collectorTitle (name: string, schema: unknown): string {
  return text(node(schema).title) ?? name
}

function show (fact: unknown, schema: SchemaNode): Shown {
  if (fact === null || fact === undefined) return { kind: 'unknown' }
  if (typeof fact === 'boolean') return { kind: 'flag', value: fact }
  if (typeof fact === 'number') return { kind: 'number', value: fact, unit: text(schema.unit) }
  if (Array.isArray(fact)) return showArray(fact, node(schema.items))
  if (typeof fact === 'object') return { kind: 'group', rows: describeFacts(fact as Record<string, unknown>, schema) }
  const instant = schema.format === 'date-time' ? new Date(String(fact)) : undefined
  if (instant !== undefined && !Number.isNaN(instant.getTime())) return { kind: 'instant', value: instant }
  return { kind: 'text', text: String(fact) }
}

/** Objects make a table, with a column for each name that one of them has; anything else a list. */
function showArray (items: readonly unknown[], schema: SchemaNode): Shown {
  if (items.length === 0 || !items.every(isPlainObject)) return { kind: 'list', items: items.map((item) => show(item, schema)) }
  const properties = propertiesOf(schema)
  const present = new Set(items.flatMap((item) => Object.keys(item)))
  const names = [...Object.keys(properties).filter((name) => present.delete(name)), ...present]
  return {
    kind: 'table',
    columns: names.map((name) => titleOf(properties, name)),
    rows: items.map((item) => names.map((name) => show(Object.hasOwn(item, name) ? item[name] : null, propertyOf(properties, name))))
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

function titleOf (properties: Record<string, unknown>, name: string): string {
  return text(propertyOf(properties, name).title) ?? name
}

function text (value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
