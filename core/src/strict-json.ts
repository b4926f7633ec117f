import { messageOf, pointerTo, TatuScanError, type ErrorDetail } from './errors.ts'
import { namesIn, readExactly, splitList, type Names } from './json-text.ts'
import { limits } from './limits.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Objects and arrays inside one another, in a whole body: facts may go 16 deep, their schemas about twice that. */
const mostDepth = 64

/**
 * Reads JSON that came over the wire, more strictly than `JSON.parse`: it must be valid UTF-8 and at most 64 levels
 * deep, and no object in it may have a key twice or one called `__proto__`; no text in it may hold NUL or a lone
 * surrogate, which not every database keeps, and no number be larger than JavaScript can tell.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST, naming the place
 */
export function parseStrictJson (bytes: Uint8Array): unknown {
  const { value, error } = read(decode(bytes))
  if (error !== undefined) throw error
  return value
}

/** An item of a list that came over the wire. */
export interface StrictItem {
  readonly value: unknown
  /** Why {@link parseStrictJson} would have refused it. */
  readonly error?: TatuScanError
  /** Its size on the wire. */
  readonly bytes: number
}

/**
 * Reads a JSON array that came over the wire, in which each item is held alone against what {@link parseStrictJson}
 * asks for, so that one item cannot sink the rest.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST for what is no JSON, no array, or longer than `most`
 */
export function parseStrictJsonList (bytes: Uint8Array, most: number): StrictItem[] {
  const text = decode(bytes)
  const texts = splitList(text, most + 1)
  if (texts === undefined) {
    parse(text)
    throw invalid('must be array')
  }
  if (texts.length > most) throw invalid(`must not have more than ${most} items`)
  return texts.map((text) => ({ ...read(text), bytes: Buffer.byteLength(text) }))
}

/** The headers that say what a body is. */
export interface JsonBodyHeaders {
  readonly 'content-type'?: string | undefined
  readonly 'content-encoding'?: string | undefined
}

/**
 * Refuses a body by what its headers say of it, before any of it is looked at.
 *
 * @throws {TatuScanError} TATUSCAN_UNSUPPORTED_MEDIA_TYPE
 */
export function checkJsonHeaders ({ 'content-type': type = '', 'content-encoding': encoding = 'identity' }: JsonBodyHeaders): void {
  if (type === 'application/json' && encoding === 'identity') return // nearly always
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1] ?? 'utf-8'
  if (encoding.toLowerCase() !== 'identity' || !/^utf-?8$/i.test(charset)) {
    throw new TatuScanError('TATUSCAN_UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json in UTF-8, not compressed')
  }
}

/**
 * Reads a request's body as {@link parseStrictJson} does; one that says to be encoded in another way is not looked at.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST or TATUSCAN_UNSUPPORTED_MEDIA_TYPE
 */
export function readJsonBody (headers: JsonBodyHeaders, bytes: Uint8Array): unknown {
  checkJsonHeaders(headers)
  return parseStrictJson(bytes)
}

function decode (bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw invalid('is not valid UTF-8')
  }
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(`is no JSON: ${messageOf(error)}`)
  }
}

/**
 * A value, and what else is wrong with it.
 *
 * @throws {TatuScanError} for what is no JSON
 */
function read (text: string): Omit<StrictItem, 'bytes'> {
  let value = parse(text)
  try {
    const names = namesIn(text, mostDepth)
    if (names === undefined) throw invalid(`is more than ${mostDepth} levels deep`)
    if (names.escaped) value = readExactly(text).value // see parseJson
    if (!(text.includes('\\') && text.includes('\\u')) && count(value) === names.count) { // a single character is found faster
      if (isModest(text, names)) modest.add(value as object)
      return { value }
    }
    // Raw NUL is no JSON and raw surrogates no UTF-8, so that texts need a look only where something is escaped.
    const counted = check([value], [], text.includes('\\u'))
    if (counted !== names.count) throw invalid('is there twice in one object', ['0', ...readExactly(text).twice ?? []])
    return { value }
  } catch (error) {
    if (error instanceof TatuScanError) return { value, error }
    throw error
  }
}

/** Counts the keys of all objects; NaN where {@link check} would refuse a key or a number, which takes longer and tells where. */
function count (value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : NaN
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) for (const item of value) keys += count(item)
  else for (const key in value) keys += key === '__proto__' ? NaN : 1 + count((value as Record<string, unknown>)[key]) // what JSON.parse makes inherits nothing that is counted
  return keys
}

/**
 * Values that came over the wire and are so small that no facts in them can be beyond the limits table, so that nobody
 * needs to look.
 */
export const modest = new WeakSet<object>()

/** JSON that is written anew takes at most six times the bytes: `1e20` becomes 21 digits. Two levels are above a collector's facts. */
function isModest (text: string, { count, depth }: Names): boolean {
  return depth > 1 && depth <= limits.factsDepth + 2 && count <= limits.factsKeys && text.length * 6 <= limits.factsBytes
}

/** Counts the keys of all objects below; looks at texts only where `texts` says so. `place` holds the keys on the way here. */
function check (value: object, place: string[], texts: boolean): number {
  const list = Array.isArray(value)
  const keys = Object.keys(value)
  let count = list ? 0 : keys.length
  for (const key of keys) {
    if (key === '__proto__') throw invalid('is a key that no object may have', [...place, key])
    if (texts) checkText(key, place)
    const item = (value as Record<string, unknown>)[key]
    if (typeof item === 'object') {
      if (item === null) continue
      place.push(key)
      count += check(item, place, texts)
      place.pop()
    } else if (typeof item === 'number') {
      if (!Number.isFinite(item)) throw invalid('must be a number within ±1.8e308', [...place, key])
    } else if (texts && typeof item === 'string') {
      checkText(item, place, key)
    }
  }
  return count
}

function checkText (text: string, place: readonly string[], ...key: string[]): void {
  if (text.includes('\0')) throw invalid('must not contain NUL', [...place, ...key])
  if (!text.isWellFormed()) throw invalid('must be well-formed Unicode; it has a lone surrogate', [...place, ...key])
}

/** @param place begins with that of the whole body, as the only item of a list */
function invalid (message: string, place: readonly string[] = []): TatuScanError {
  const path = place.slice(1).reduce(pointerTo, '')
  const details: ErrorDetail[] = [{ path, message }]
  return new TatuScanError('TATUSCAN_INVALID_REQUEST', `the request is not valid: ${path || 'the body'} ${message}`, { details })
}
