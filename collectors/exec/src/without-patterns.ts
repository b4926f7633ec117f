/** Keywords that hold schemas by name, and those that hold values. */
const byName = new Set(['properties', '$defs', 'definitions', 'dependentSchemas'])
const values = new Set(['const', 'enum', 'default', 'examples'])

/**
 * A JSON Schema without its regular expressions, one of which may take for ever on some text: any text is taken, and
 * any key counts as one that `patternProperties` names.
 */
export function withoutPatterns<Schema> (schema: Schema): Schema {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(withoutPatterns) as Schema
  return Object.fromEntries(Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword === 'pattern') return []
    if (keyword === 'patternProperties') return [[keyword, { '': {} }]]
    if (values.has(keyword)) return [[keyword, value]]
    if (!byName.has(keyword) || typeof value !== 'object' || value === null) return [[keyword, withoutPatterns(value)]]
    return [[keyword, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutPatterns(inner)]))]]
  })) as Schema
}
