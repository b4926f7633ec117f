import { collectorNamePattern } from './collector.ts'
import { factNameForm, readFactName } from './fact-name.ts'
import { parseJson } from './json-text.ts'
import { groupFields, machineStatuses, numberFields, type FactKey, type GroupField, type MachineFilter, type MachineStatus, type NumberField, type NumberRange } from './machine-store.ts'
import { parseInstant } from './zoned-time.ts'

type Query = Readonly<Record<string, string>>

/** What a query asks for. */
export interface ReadFilter {
  readonly filter: MachineFilter
  /** The parameters that ask for a filter and can't be understood; the filter is without them. */
  readonly wrong: readonly { readonly name: string, readonly message: string }[]
}

/** Each takes memory for every machine. */
const mostFacts = 50

const mostExcept = 100

const groupForm = `${groupFields.join(', ')} or ${factNameForm}`
const numberForm = `${numberFields.join(', ')} or ${factNameForm}`

/**
 * The filter that the parameters of an address ask for: `q, os, os_version, status, failing, duplicate, created_since,
 * created_before`, `facts.<collector>.<path>=text`, `not.<os, os_version or a fact>=["text","text"]`, `min.<number>=1`,
 * `below.<number>=2`, and `unknown=<number>,<number>`, where a number is a field's or a fact's name. Other parameters are
 * none of a filter's, and left alone.
 *
 * @param timeZone that of times without offset
 */
export function readFilter (query: Query, timeZone = 'UTC'): ReadFilter {
  const filter: { -readonly [Key in keyof MachineFilter]: MachineFilter[Key] } = {}
  const facts: Record<string, string> = {}
  const except: Partial<Record<string, readonly string[]>> = {}
  const ranges = new Map<string, NumberRange | null>()
  const wrong: { name: string, message: string }[] = []

  for (const [name, text] of Object.entries(query)) {
    const refuse = (message: string): void => { wrong.push({ name, message }) }
    const [head = ''] = name.split('.', 1)
    const rest = name.slice(head.length + 1)
    if (name === 'q' || name === 'os' || name === 'os_version') filter[name] = text
    else if (name === 'status') {
      if (machineStatuses.some((status) => status === text)) filter.status = text as MachineStatus
      else refuse(`must be one of ${machineStatuses.join(', ')}`)
    } else if (name === 'failing') {
      if (text === '' || collectorNamePattern.test(text)) filter.failing = text
      else refuse('must be the name of a collector, or empty for any')
    } else if (name === 'duplicate') {
      if (text === 'true' || text === 'false') filter.duplicate = text === 'true'
      else refuse('must be true or false')
    } else if (name === 'created_since' || name === 'created_before') {
      const instant = parseInstant(text, timeZone)
      if (instant === undefined) refuse('must be a date: ISO 8601, YYYY-MM-DD, DD/MM/YYYY or seconds since 1970')
      else filter[name] = instant
    } else if (head === 'facts') {
      if (readFactName(name) === undefined) refuse(`must name a fact: ${factNameForm}`)
      else facts[rest] = text
    } else if (head === 'not' && rest !== '') {
      const values = textsIn(text)
      if (!isGroupName(rest)) refuse(`must name what machines have in common: ${groupForm}`)
      else if (values === undefined) refuse(`must be up to ${mostExcept} texts as JSON, such as ["one","another"]`)
      else except[rest] = values
    } else if ((head === 'min' || head === 'below') && rest !== '') {
      if (!isNumberName(rest)) refuse(`must name a number: ${numberForm}`)
      else if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text))) refuse('must be a number')
      else ranges.set(rest, { ...ranges.get(rest), [head]: Number(text) })
    } else if (name === 'unknown' && text !== '') {
      const names = text.split(',')
      if (names.every(isNumberName)) for (const one of names) ranges.set(one, null)
      else refuse(`must name numbers, with commas between: ${numberForm}`)
    }
  }
  const paths = [...Object.keys(facts), ...[...ranges.keys(), ...Object.keys(except)].filter((name) => name.startsWith('facts.'))]
  if (paths.length > mostFacts) return { filter, wrong: [...wrong, { name: 'facts', message: `are ${paths.length} that are filtered by; at most ${mostFacts} are allowed` }] }
  return {
    filter: {
      ...filter,
      ...Object.keys(facts).length > 0 && { facts },
      ...Object.keys(except).length > 0 && { except },
      ...ranges.size > 0 && { ranges: Object.fromEntries(ranges) as Record<NumberField | FactKey, NumberRange | null> }
    },
    wrong
  }
}

/** A filter as parameters, which {@link readFilter} reads as the same one. */
export function filterQuery ({ facts = {}, ranges = {}, except = {}, created_since: since, created_before: before, duplicate, ...texts }: MachineFilter): Record<string, string> {
  const unknown = Object.keys(ranges).filter((name) => ranges[name as NumberField] === null)
  const bounds = Object.entries(ranges).flatMap(([name, range]) => Object.entries(range ?? {}).map(([bound, value]) => [`${bound}.${name}`, value === undefined ? value : String(value)]))
  const query = {
    ...texts,
    duplicate: duplicate?.toString(),
    created_since: since?.toISOString(),
    created_before: before?.toISOString(),
    ...Object.fromEntries(Object.entries(facts).map(([path, text]) => [`facts.${path}`, text])),
    ...Object.fromEntries(Object.entries(except).map(([name, values]) => [`not.${name}`, JSON.stringify(values)])),
    ...Object.fromEntries(bounds),
    ...unknown.length > 0 && { unknown: unknown.join() }
  }
  return Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function isGroupName (name: string): name is GroupField | FactKey {
  return groupFields.some((field) => field === name) || readFactName(name) !== undefined
}

/** Texts as JSON; undefined where it is none of theirs, or too many. */
function textsIn (json: string): string[] | undefined {
  let texts: unknown
  try {
    texts = parseJson(json)
  } catch {
    return undefined
  }
  const all = Array.isArray(texts) && texts.length > 0 && texts.length <= mostExcept && texts.every((one) => typeof one === 'string')
  return all ? texts as string[] : undefined
}

function isNumberName (name: string): boolean {
  return numberFields.some((field) => field === name) || readFactName(name) !== undefined
}
