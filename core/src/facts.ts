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
  const budget = { bytes: limits.factsBytes, ancestors: new Set<object>() }
  const facts = copy(returned, '', budget) as Record<string, unknown>
  const bytes = jsonBytes(facts)
  if (bytes > limits.factsBytes) throw tooLarge('', `${bytes} bytes of facts; at most ${limits.factsBytes} are allowed`)
  return facts
}

/** By schema; making one takes longer than using it. */
const validators = new WeakMap<object, Validator>()

/**
 * Holds facts against their collector's schema, which must not change from one call to the next.
 *
 * @throws {TatuScanError} TATUSCAN_FACTS_INVALID, with the paths that are wrong
 */
export function checkFacts (facts: object, schema: TSchema): void {
  let validator = validators.get(schema)
  if (validator === undefined) validators.set(schema, validator = new Validator(schema, '2020-12', false))
  const { valid, errors } = validator.validate(facts)
  if (valid) return
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

interface Budget {
  bytes: number
  readonly ancestors: Set<object>
}

function copy (value: unknown, path: string, budget: Budget): unknown {
  budget.bytes -= typeof value === 'string' ? value.length : 1
  if (budget.bytes < 0) throw tooLarge(path, `more than ${limits.factsBytes} bytes of facts`)
  switch (typeof value) {
    case 'string':
      checkText(value, path)
      return value
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw invalid(path, `must be a finite number; got ${value}`)
      return value === 0 ? 0 : value // JSON has no -0
    case 'object':
      return value === null ? null : copyObject(value, path, budget)
    default:
      throw invalid(path, `must be JSON; got ${describe(value)}`)
  }
}

function copyObject (value: object, path: string, budget: Budget): unknown {
  const { ancestors } = budget
  if (ancestors.has(value)) throw invalid(path, 'must not contain itself')
  if (ancestors.size >= limits.factsDepth) throw tooLarge(path, `more than ${limits.factsDepth} levels deep`)
  ancestors.add(value)
  const result = Array.isArray(value) ? copyArray(value, path, budget) : copyRecord(value, path, budget)
  ancestors.delete(value)
  return result
}

function copyArray (value: readonly unknown[], path: string, budget: Budget): unknown[] {
  const items: unknown[] = []
  for (let index = 0; index < value.length; index++) items.push(copy(value[index] ?? null, `${path}/${index}`, budget))
  return items
}

function copyRecord (value: object, path: string, budget: Budget): Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    throw invalid(path, `must be a plain object; got ${describe(value)}`)
  }
  const keys = Object.keys(value)
  if (keys.length > limits.factsKeys) throw tooLarge(path, `${keys.length} keys in one object; at most ${limits.factsKeys} are allowed`)
  const record: Record<string, unknown> = {}
  for (const key of keys) {
    const place = pointerTo(path, key)
    if (key === '__proto__') throw invalid(path, 'must not have a key __proto__')
    checkText(key, place)
    budget.bytes -= key.length
    const item = (value as Record<string, unknown>)[key]
    if (item !== undefined) record[key] = copy(item, place, budget)
  }
  return record
}

function checkText (text: string, path: string): void {
  if (text.includes('\0')) throw invalid(path, 'must not contain NUL')
  if (!text.isWellFormed()) throw invalid(path, 'must be well-formed Unicode; it has a lone surrogate')
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
