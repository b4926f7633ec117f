import { messageOf, pointerTo, TatuScanError, type ErrorDetail } from './errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Objects and arrays inside one another, in a whole body: facts may go 16 deep, their schemas about twice that. */
const mostDepth = 64

/**
 * Reads JSON that came over the wire, more strictly than `JSON.parse`: it must be valid UTF-8 and at most 64 levels
 * deep, and no object in it may have a key twice or one called `__proto__`; no text in it may hold NUL or a lone
 * surrogate, which not every database keeps.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST
 */
export function parseStrictJson (bytes: Uint8Array): unknown {
  const text = decode(bytes)
  const names = scan(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(`is no JSON: ${messageOf(error)}`)
  }
  // Raw NUL is no JSON and raw surrogates no UTF-8, so that texts need a look only where something is escaped.
  const counted = check(value, '', text.includes('\\u'))
  if (counted !== names) throw invalid('has an object with the same key twice')
  return value
}

export interface JsonBodyHeaders {
  readonly 'content-type'?: string | undefined
  readonly 'content-encoding'?: string | undefined
}

/**
 * Reads a request's body as {@link parseStrictJson} does; one that says to be encoded in another way is not looked at.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST or TATUSCAN_UNSUPPORTED_MEDIA_TYPE
 */
export function readJsonBody (headers: JsonBodyHeaders, bytes: Uint8Array): unknown {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1] ?? 'utf-8'
  if (encoding.toLowerCase() !== 'identity' || !/^utf-?8$/i.test(charset)) {
    throw new TatuScanError('TATUSCAN_UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json in UTF-8, not compressed')
  }
  return parseStrictJson(bytes)
}

function decode (bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw invalid('is not valid UTF-8')
  }
}

/** Counts the names in all objects (each is followed by a colon outside of a text), without recursion. */
function scan (text: string): number {
  let names = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfText(text, at)
        break
      case 0x3a: // :
        names++
        break
      case 0x5b: case 0x7b: // [ {
        if (++depth > mostDepth) throw invalid(`is more than ${mostDepth} levels deep`)
        break
      case 0x5d: case 0x7d: // ] }
        depth--
    }
  }
  return names
}

/** The closing quote of the text that opens at this one; the end of everything where there is none. */
function endOfText (text: string, opening: number): number {
  let at = opening
  do {
    at = text.indexOf('"', at + 1)
    if (at < 0) return text.length
  } while (escaped(text, at))
  return at
}

/** Whether an odd number of backslashes stands before this place. */
function escaped (text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}

/** Counts the keys of all objects; looks at texts, and keeps track of the path, only where `texts` says so. */
function check (value: unknown, path: string, texts: boolean): number {
  if (typeof value !== 'object' || value === null) {
    if (texts && typeof value === 'string') checkText(value, path)
    return 0
  }
  const list = Array.isArray(value)
  const keys = Object.keys(value)
  let count = list ? 0 : keys.length
  for (const key of keys) {
    if (key === '__proto__') throw invalid('must not have a key __proto__', path)
    if (texts) checkText(key, path)
    const item = (value as Record<string, unknown>)[key]
    if (texts || (typeof item === 'object' && item !== null)) count += check(item, texts ? pointerTo(path, key) : path, texts)
  }
  return count
}

function checkText (text: string, path: string): void {
  if (text.includes('\0')) throw invalid('must not contain NUL', path)
  if (!text.isWellFormed()) throw invalid('must be well-formed Unicode; it has a lone surrogate', path)
}

function invalid (message: string, path = ''): TatuScanError {
  const details: ErrorDetail[] = [{ path, message }]
  return new TatuScanError('TATUSCAN_INVALID_REQUEST', `the request is not valid: ${path || 'the body'} ${message}`, { details })
}
