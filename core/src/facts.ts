import { Validator } from '@cfworker/json-schema'
import type { TSchema } from 'typebox'
import { pointerTo, TatuScanError, type ErrorDetail } from './errors.ts'
import { jsonBytes, limits } from './limits.ts'

/**
 * Copies what a collector returned into plain JSON, within the limits table. What is left is safe to serialise, store
 * and show; getters, proxies and `toJSON` of the collector's making are never seen again. Keys whose value is
 * undefined are left out, as `JSON.stringify` would.
 *
 * @throws {TatuScanError} TATUSCAN_FACTS_INVALID or TATUSCAN_FACTS_TOO_LARGE, naming the place as a JSON Pointer
 */
export function plainFacts (returned: unknown): Record<string, unknown> {
  if (typeof returned !== 'object' || returned === null || Array.isArray(returned)) {
    throw invalid('', `must be an object; got ${describe(returned)}`)
  }
  const facts = copy(returned, { bytes: limits.factsBytes, ancestors: new Set(), place: [] }) as Record<string, unknown>
  const bytes = jsonBytes(facts)
  if (bytes > limits.factsBytes) throw tooLarge('', `${bytes} bytes of facts; at most ${limits.factsBytes} are allowed`)
  return facts
}

/** By schema, with the facts that it let pass last, as JSON: making one takes longer than using it, and most facts stay as they are. */
const validators = new WeakMap<object, { readonly validator: Validator, passed?: string }>()

/**
 * Holds facts against their collector's schema, which must not change from one call to the next.
 *
 * @throws {TatuScanError} TATUSCAN_FACTS_INVALID, with the paths that are wrong
 */
export function checkFacts (facts: object, schema: TSchema): void {
  let known = validators.get(schema)
  if (known === undefined) validators.set(schema, known = { validator: new Validator(schema, '2020-12', false) })
  const json = JSON.stringify(facts)
  if (json === known.passed) return
  const { valid, errors } = known.validator.validate(facts)
  if (valid) {
    known.passed = json
    return
  }
  const all = errors.map(({ instanceLocation, error }) => ({ path: instanceLocation.replace(/^#/, ''), message: error }))
  const details = all.filter(({ path }) => !all.some((other) => other.path.startsWith(`${path}/`)))
  throw new TatuScanError('TATUSCAN_FACTS_INVALID', `the schema refuses ${details.map(({ path, message }) => `${path || 'the facts'}: ${message}`).join(' ')}`, { details })
}

/**
 * Holds one collector's facts, which came over the wire as JSON, against the limits table.
 *
 * @throws {TatuScanError} TATUSCAN_FACTS_TOO_LARGE
 */
export function checkFactsLimits (facts: object): void {
  if (checkShape(facts, [], 1) <= limits.factsBytes) return // it can't be larger, so nothing needs to be counted
  const bytes = jsonBytes(facts)
  if (bytes > limits.factsBytes) throw tooLarge('', `${bytes} bytes of facts; at most ${limits.factsBytes} are allowed`)
}

/**
 * @param place the keys on the way here
 * @returns bytes of JSON that the value can't exceed: a character takes six at most, escaped
 */
function checkShape (value: object, place: string[], depth: number): number {
  if (depth > limits.factsDepth) throw tooLarge(place.reduce(pointerTo, ''), `more than ${limits.factsDepth} levels deep`)
  const keys = Object.keys(value)
  if (!Array.isArray(value) && keys.length > limits.factsKeys) {
    throw tooLarge(place.reduce(pointerTo, ''), `${keys.length} keys in one object; at most ${limits.factsKeys} are allowed`)
  }
  let most = 2
  for (const key of keys) {
    const item = (value as Record<string, unknown>)[key]
    most += 6 * key.length + 4
    if (typeof item === 'object' && item !== null) {
      place.push(key)
      most += checkShape(item, place, depth + 1)
      place.pop()
    } else most += typeof item === 'string' ? 6 * item.length + 2 : 25
  }
  return most
}

/**
 * Facts that were held against their schema where they came from, in a process of their own: a schema may hold a
 * pattern that takes for ever.
 */
export const checkedElsewhere = new WeakSet<object>()

/** How far a copy has come. */
interface Course {
  /** What is left of what may be copied. */
  bytes: number
  readonly ancestors: Set<object>
  /** The keys on the way here. */
  readonly place: Array<string | number>
}

/** Calls no method of arrays: a module may have put its own in their place. */
function copy (value: unknown, course: Course): unknown {
  course.bytes -= typeof value === 'string' ? value.length : 1
  if (course.bytes < 0) throw tooLarge(pathOf(course), `more than ${limits.factsBytes} bytes of facts`)
  switch (typeof value) {
    case 'string':
      checkText(value, course)
      return value
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw invalid(pathOf(course), `must be a finite number; got ${value}`)
      return value === 0 ? 0 : value // JSON has no -0
    case 'object':
      return value === null ? null : copyObject(value, course)
    default:
      throw invalid(pathOf(course), `must be JSON; got ${describe(value)}`)
  }
}

function copyObject (value: object, course: Course): unknown {
  const { ancestors } = course
  if (ancestors.has(value)) throw invalid(pathOf(course), 'must not contain itself')
  if (ancestors.size >= limits.factsDepth) throw tooLarge(pathOf(course), `more than ${limits.factsDepth} levels deep`)
  ancestors.add(value)
  const result = Array.isArray(value) ? copyArray(value, course) : copyRecord(value, course)
  ancestors.delete(value)
  return result
}

function copyArray (value: readonly unknown[], course: Course): unknown[] {
  const { place } = course
  const items: unknown[] = []
  for (let index = 0; index < value.length; index++) {
    place[place.length] = index
    items[index] = copy(value[index] ?? null, course)
    place.length--
  }
  return items
}

function copyRecord (value: object, course: Course): Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    throw invalid(pathOf(course), `must be a plain object; got ${describe(value)}`)
  }
  const keys = Object.keys(value)
  if (keys.length > limits.factsKeys) throw tooLarge(pathOf(course), `${keys.length} keys in one object; at most ${limits.factsKeys} are allowed`)
  const { place } = course
  const record: Record<string, unknown> = {}
  for (const key of keys) {
    if (key === '__proto__') throw invalid(pathOf(course), 'must not have a key __proto__')
    place[place.length] = key
    checkText(key, course)
    course.bytes -= key.length
    const item = (value as Record<string, unknown>)[key]
    if (item !== undefined) record[key] = copy(item, course)
    place.length--
  }
  return record
}

function checkText (text: string, course: Course): void {
  if (text.includes('\0')) throw invalid(pathOf(course), 'must not contain NUL')
  if (!text.isWellFormed()) throw invalid(pathOf(course), 'must be well-formed Unicode; it has a lone surrogate')
}

function pathOf ({ place }: Course): string {
  return place.map(String).reduce(pointerTo, '')
}

function describe (value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return `a ${typeof value}`
  return Array.isArray(value) ? 'an array' : `an object of class ${value.constructor?.name ?? 'unknown'}`
}

function invalid (path: string, message: string): TatuScanError {
  return withPlace('TATUSCAN_FACTS_INVALID', { path, message })
}

function tooLarge (path: string, message: string): TatuScanError {
  return withPlace('TATUSCAN_FACTS_TOO_LARGE', { path, message })
}

function withPlace (code: 'TATUSCAN_FACTS_INVALID' | 'TATUSCAN_FACTS_TOO_LARGE', detail: ErrorDetail): TatuScanError {
  return new TatuScanError(code, `${detail.path || 'the facts'}: ${detail.message}`, { details: [detail] })
}
