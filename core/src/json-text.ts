/**
 * Looks at JSON as text, for what a parsed value no longer tells. All of it without recursion, so that no depth of
 * nesting can exhaust the stack. What is said of texts that are no JSON means nothing, but comes to an end.
 */

/**
 * Parses JSON as `JSON.parse` should. V8 of Node 24 and 26 may read a key that is written with an escape as another key
 * that it has seen in this place before (after `{"p":1,"\\":2}` it takes `{"p":1,"\n":2}` for the same), so that texts
 * with such keys are read here.
 *
 * @throws {SyntaxError}
 */
export function parseJson (text: string): unknown {
  const value = JSON.parse(text) as unknown
  return text.includes('\\') && namesIn(text, Infinity)!.escaped ? readExactly(text).value : value
}

export interface Names {
  /** How many names there are in all objects. */
  readonly count: number
  /** Whether one is written with an escape. */
  readonly escaped: boolean
  /** How many objects and arrays lie inside one another, at most. */
  readonly depth: number
}

/** Counts the names in all objects: each is followed by a colon outside of a text. Undefined: it goes deeper than that. */
export function namesIn (text: string, mostDepth: number): Names | undefined {
  const escapes = text.includes('\\')
  let count = 0
  let escaped = false
  let depth = 0
  let deepest = 0
  let latest = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        latest = at
        at = endOfText(text, at)
        break
      case 0x3a: // :
        count++
        if (escapes && !escaped) escaped = text.slice(latest, at).includes('\\')
        break
      case 0x5b: case 0x7b: // [ {
        if (++depth > deepest) {
          if (depth > mostDepth) return undefined
          deepest = depth
        }
        break
      case 0x5d: case 0x7d: // ] }
        depth--
    }
  }
  return { count, escaped, depth: deepest }
}

/** The items of an array, each as its text; at most so many. Undefined for what can't be an array. */
export function splitList (text: string, most: number): string[] | undefined {
  const opening = text.search(/[^ \t\r\n]/)
  let closing = text.length - 1
  while (' \t\r\n'.includes(text.charAt(closing)) && closing > opening) closing--
  if (text[opening] !== '[' || text[closing] !== ']' || opening === closing) return undefined
  const items: string[] = []
  let start = opening + 1
  let depth = 0
  for (let at = start; at < closing; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfText(text, at)
        break
      case 0x2c: // ,
        if (depth > 0) break
        items.push(text.slice(start, at))
        if (items.length === most) return items
        start = at + 1
        break
      case 0x5b: case 0x7b: // [ {
        depth++
        break
      case 0x5d: case 0x7d: // ] }
        if (--depth < 0) return undefined
    }
  }
  const last = text.slice(start, closing)
  return items.length === 0 && /^[ \t\r\n]*$/.test(last) ? [] : [...items, last]
}

export interface ExactReading {
  readonly value: unknown
  /** The keys on the way to the first name that its object has twice. */
  readonly twice?: readonly string[]
}

/** Reads JSON that `JSON.parse` accepts, key by key; of two equal ones the last counts. */
export function readExactly (text: string): ExactReading {
  const open: { readonly into: Record<string, unknown> | unknown[], name: string, named: boolean }[] = []
  let twice: string[] | undefined
  let root: unknown

  function put (value: unknown): void {
    const inner = open.at(-1)
    if (inner === undefined) {
      root = value
      return
    }
    const { into, name } = inner
    inner.named = false
    if (Array.isArray(into)) into.push(value)
    else {
      if (Object.hasOwn(into, name)) twice ??= open.map(({ into, name }) => Array.isArray(into) ? String(into.length - 1) : name)
      if (name === '__proto__') Object.defineProperty(into, name, { value, writable: true, enumerable: true, configurable: true })
      else into[name] = value
    }
  }

  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case ' ': case '\t': case '\r': case '\n': case ',': case ':':
        break
      case '{': case '[': {
        const into = text[at] === '{' ? {} : []
        put(into)
        open.push({ into, name: '', named: false })
        break
      }
      case '}': case ']':
        open.pop()
        break
      default: {
        const end = text[at] === '"' ? endOfText(text, at) + 1 : endOfWord(text, at)
        const value = JSON.parse(text.slice(at, end)) as unknown
        const inner = open.at(-1)
        if (inner === undefined || Array.isArray(inner.into) || inner.named) put(value)
        else Object.assign(inner, { name: value, named: true })
        at = end - 1
      }
    }
  }
  return { value: root, ...twice !== undefined && { twice } }
}

/** Behind the number, true, false or null that begins at this place. */
function endOfWord (text: string, start: number): number {
  let end = start + 1
  while (end < text.length && !',:]} \t\r\n'.includes(text[end]!)) end++
  return end
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
