const texts = new WeakMap<object, string>()

/** The JSON of a schema as reports carry it, which nobody changes any more: made once, though many ask for it. */
export function schemaText (schema: object): string {
  const known = texts.get(schema)
  if (known !== undefined) return known
  const text = JSON.stringify(schema)
  texts.set(schema, text)
  return text
}
