import { byCodePoint } from '@tatuscan/core'
import type { Matcher } from './matcher.ts'

/** The columns that a roster keeps of each machine, by slot. They grow as slots do. */

/** Numbers; NaN is unknown. */
export interface NumberColumn {
  get (slot: number): number
  /** @returns whether it was another */
  set (slot: number, value: number | null): boolean
}

export function numberColumn (expected: number): NumberColumn {
  let values = new Float64Array(expected).fill(NaN)
  return {
    get: (slot) => values[slot]!,
    set (slot, value) {
      if (slot >= values.length) values = grown(values, new Float64Array(larger(slot)).fill(NaN))
      const known = value ?? NaN
      if (Object.is(values[slot], known)) return false
      values[slot] = known
      return true
    }
  }
}

/** Text that many machines have in common: a code a machine, and each text once. Code 0 is unknown. */
export interface CodedColumn {
  readonly texts: readonly (string | null)[]
  /** Counted up when codes get another meaning. */
  readonly generation: number
  code (slot: number): number
  /** @returns whether it was another */
  set (slot: number, text: string | null): boolean
  /** The slots whose text is one that a condition holds for, which is asked once for each text. Unknown is null. */
  matcher (matches: (text: string | null) => boolean): Pick<Matcher, 'holds' | 'next'>
  /** Each code's place in the order of texts by code point; unknown has none. */
  ranks (): Uint32Array
}

export function codedColumn (expected: number): CodedColumn {
  let codes = new Uint32Array(expected)
  let texts: (string | null)[] = [null]
  let byText = new Map<string | null, number>([[null, 0]])
  let ranks = new Uint32Array(0)
  let generation = 0

  /** Forgets the texts that no machine has any more. */
  function compact (): void {
    const old = texts
    const moved = new Int32Array(old.length).fill(-1)
    moved[0] = 0
    texts = [null]
    byText = new Map([[null, 0]])
    for (let slot = 0; slot < codes.length; slot++) {
      const code = codes[slot]!
      if (moved[code] === -1) {
        moved[code] = texts.push(old[code]!) - 1
        byText.set(old[code]!, moved[code]!)
      }
      codes[slot] = moved[code]!
    }
    ranks = new Uint32Array(0)
    generation++
  }

  return {
    get texts () { return texts },
    get generation () { return generation },
    code: (slot) => codes[slot] ?? 0,
    set (slot, text) {
      if (slot >= codes.length) codes = grown(codes, new Uint32Array(larger(slot)))
      let code = byText.get(text)
      if (code === undefined) {
        if (texts.length > 1024 && texts.length > codes.length * 2) compact()
        code = texts.push(text) - 1
        byText.set(text, code)
      }
      if (codes[slot] === code) return false
      codes[slot] = code
      return true
    },
    matcher (matches) {
      let answers = new Uint8Array(0)
      let only = -1
      let made = -1
      /** From `sought` on the first slot of the only code is `ahead`, as it was when that was looked for. */
      let [sought, ahead] = [Infinity, -1]
      const fresh = (): Uint8Array => {
        if (made !== generation || texts.length !== answers.length) {
          answers = Uint8Array.from(texts, (text) => matches(text) ? 1 : 0)
          const first = answers.indexOf(1)
          only = answers.indexOf(1, first + 1) === -1 ? first : -1
          made = generation
          sought = Infinity
        }
        return answers
      }
      return {
        holds: (slot) => fresh()[codes[slot] ?? 0] === 1,
        next (from, end) {
          const wanted = fresh()
          const known = Math.min(end, codes.length)
          const near = only === -1 ? known : Math.min(known, from + 16)
          let slot = from
          while (slot < near && wanted[codes[slot]!] !== 1) slot++
          if (slot < near) return slot
          if (near < known) { // one code alone is found faster by what looks at many at once
            if (near < sought || near > ahead || (ahead < codes.length && codes[ahead] !== only)) {
              const found = codes.indexOf(only, near)
              ;[sought, ahead] = [near, found === -1 ? codes.length : found]
            }
            if (ahead < known) return ahead
          }
          return wanted[0] === 1 ? Math.max(slot, known) : end
        }
      }
    },
    ranks () {
      if (ranks.length !== texts.length) {
        ranks = new Uint32Array(texts.length)
        const order = texts.map((_, code) => code).slice(1).sort((a, b) => byCodePoint(texts[a]!, texts[b]!))
        order.forEach((code, rank) => { ranks[code] = rank })
      }
      return ranks
    }
  }
}

/** Text that is each machine's own, as UTF-8 in one stretch of bytes. Empty is unknown. */
export interface TextColumn {
  get (slot: number): string
  /** @returns whether it was another */
  set (slot: number, text: string): boolean
  /** Compares by byte, which for UTF-8 is by code point. */
  compare (a: number, b: number): number
  compareWith (slot: number, bytes: Uint8Array): number
  length (slot: number): number
  /** Copies the text's bytes, letters of ASCII made small. @returns where they end */
  copySmall (slot: number, to: Uint8Array, at: number): number
}

export function textColumn (expected: number, expectedBytes: number): TextColumn {
  let bytes = Buffer.alloc(expected * expectedBytes)
  let starts = new Uint32Array(expected)
  let lengths = new Uint16Array(expected)
  let end = 0
  let waste = 0

  function append (slot: number, text: string): void {
    const length = Buffer.byteLength(text)
    if (end + length > bytes.length) bytes = grown(bytes, Buffer.alloc(Math.ceil((end + length) * 1.25)))
    bytes.write(text, end)
    starts[slot] = end
    lengths[slot] = length
    end += length
  }

  /** Leaves out what no slot points to any more. */
  function compact (): void {
    const old = bytes
    bytes = Buffer.alloc(Math.ceil((end - waste) * 1.25) + 1024)
    end = 0
    for (let slot = 0; slot < starts.length; slot++) {
      const start = starts[slot]!
      starts[slot] = end
      end += old.copy(bytes, end, start, start + lengths[slot]!)
    }
    waste = 0
  }

  const get = (slot: number): string => bytes.toString('utf8', starts[slot], starts[slot]! + lengths[slot]!)

  /** Without decoding where it is ASCII, as nearly all is. */
  function is (slot: number, text: string): boolean {
    const start = starts[slot]!
    if (lengths[slot] !== text.length) return get(slot) === text
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code > 127) return get(slot) === text
      if (bytes[start + at] !== code) return false
    }
    return true
  }

  return {
    get,
    set (slot, text) {
      if (slot >= starts.length) {
        starts = grown(starts, new Uint32Array(larger(slot)))
        lengths = grown(lengths, new Uint16Array(larger(slot)))
      }
      if (is(slot, text)) return false
      waste += lengths[slot]!
      append(slot, text)
      if (waste > 65_536 && waste > end / 2) compact()
      return true
    },
    compare (a, b) {
      return compareBytes(bytes, starts[a]!, lengths[a]!, bytes, starts[b]!, lengths[b]!)
    },
    compareWith: (slot, other) => compareBytes(bytes, starts[slot]!, lengths[slot]!, other, 0, other.length),
    length: (slot) => lengths[slot]!,
    copySmall (slot, to, at) {
      const from = bytes
      const start = starts[slot]!
      const length = lengths[slot]!
      for (let place = 0; place < length; place++) {
        const byte = from[start + place]!
        to[at + place] = byte >= 65 && byte <= 90 ? byte + 32 : byte
      }
      return at + length
    }
  }
}

/** Of names, which are short, quicker than asking Node's buffers. */
function compareBytes (a: Uint8Array, startA: number, lengthA: number, b: Uint8Array, startB: number, lengthB: number): number {
  const length = Math.min(lengthA, lengthB)
  for (let at = 0; at < length; at++) {
    const difference = a[startA + at]! - b[startB + at]!
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}

/** A number that may be NaN, which is unknown. */
export function knownOr (value: number, otherwise: number): number {
  return Number.isNaN(value) ? otherwise : value
}

function larger (slot: number): number {
  return slot < 1 << 16 ? (slot + 1) * 2 : Math.ceil((slot + 1) * 1.25)
}

function grown<Values extends { set (from: Values): void }> (from: Values, to: Values): Values {
  to.set(from)
  return to
}
