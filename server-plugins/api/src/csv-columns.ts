import { factNameForm, factOf, invalidRequest, machineItemSchema, readFactName } from '@tatuscan/core'

/** A machine as {@link import('@tatuscan/core').machineItem} shapes it. */
type Item = Readonly<Record<string, unknown>> & { readonly facts?: object }

export interface Column {
  readonly name: string
  read (item: Item): unknown
}

const fields = Object.keys(machineItemSchema.properties)

/**
 * The columns that are asked for, in their order: names of an item's fields and of facts, with commas between. Without
 * any, the fields that every item has.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST for a name that is neither, or comes twice
 */
export function readColumns (asked: string | undefined): Column[] {
  const names: readonly string[] = asked === undefined ? machineItemSchema.required : asked.split(',')
  const wrong: string[] = []
  const columns = names.flatMap((name, index): Column[] => {
    if (names.indexOf(name) < index) wrong.push(`names ${name} twice`)
    if (fields.includes(name)) return [{ name, read: (item) => item[name] }]
    const fact = readFactName(name)
    if (fact !== undefined) return [{ name, read: ({ facts }) => factOf(facts, fact) }]
    wrong.push(`names ${name || 'nothing'}, which is no field of a machine and no ${factNameForm}`)
    return []
  })
  if (wrong.length > 0) throw invalidRequest(wrong.map((message) => ({ instancePath: '/fields', message })))
  return columns
}

/** What of a machine is kept beside its row, and is needed for these columns. */
export function includeOf (columns: readonly Column[]): ('facts' | 'failures')[] {
  return (['facts', 'failures'] as const).filter((part) => columns.some(({ name }) => name.split('.', 1)[0] === part))
}
