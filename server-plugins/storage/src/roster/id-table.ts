/**
 * The ids of machines, each of 64 hexadecimal digits in a slot of its own: eight words a slot, found by hashing. A Map of
 * a million strings would take four times the memory.
 */
export interface IdTable {
  /** How many slots there are, the free ones too. */
  readonly size: number
  /** The slot of an id, -1 where it has none. */
  find (id: string): number
  /** The slot of an id, a new one where it has none. */
  add (id: string): number
  remove (slot: number): void
  /** False for a slot that is free. */
  has (slot: number): boolean
  id (slot: number): string
  /** Eight of the digits, from the first, the ninth… on, as a number. */
  word (slot: number, at: number): number
  /** Negative where the id of slot `a` comes before that of `b`. */
  compare (a: number, b: number): number
  /** The same against an id. */
  compareWith (slot: number, words: IdWords): number
  /** True where the id, as text, holds these hexadecimal digits. */
  holds (slot: number, digits: HexDigits): boolean
}

export type IdWords = readonly number[]

/** How many words an id has. */
export const idWidth = 8
const free = -1
const left = -2

export function createIdTable (expected = 1024): IdTable {
  let words = new Uint32Array(Math.max(expected, 1024) * idWidth)
  let used = new Uint8Array(Math.max(expected, 1024))
  let heads = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(expected, 1024) * 2))).fill(free)
  const spare: number[] = []
  let size = 0
  let marks = 0 // heads that are taken, or were

  function matches (slot: number, id: IdWords): boolean {
    const start = slot * idWidth
    for (let at = 0; at < idWidth; at++) if (words[start + at] !== id[at]) return false
    return true
  }

  /** Where an id is in `heads`, or would go. */
  function place (id: IdWords, toAdd: boolean): number {
    const mask = heads.length - 1
    let at = hashOf(id) & mask
    let reusable = -1
    for (;;) {
      const slot = heads[at]!
      if (slot === free) return toAdd && reusable !== -1 ? reusable : at
      if (slot === left) {
        if (reusable === -1) reusable = at
      } else if (matches(slot, id)) return at
      at = (at + 1) & mask
    }
  }

  function grow (): void {
    const capacity = used.length < 1 << 16 ? used.length * 2 : Math.ceil(used.length * 1.25)
    words = resized(words, new Uint32Array(capacity * idWidth))
    used = resized(used, new Uint8Array(capacity))
  }

  function rehash (): void {
    heads = new Int32Array(2 ** Math.ceil(Math.log2((size - spare.length + 1) * 2 + 2048))).fill(free)
    marks = 0
    for (let slot = 0; slot < size; slot++) {
      if (used[slot] === 0) continue
      heads[place(wordsAt(slot), true)] = slot
      marks++
    }
  }

  const wordsAt = (slot: number): IdWords => Array.from(words.subarray(slot * idWidth, (slot + 1) * idWidth))

  return {
    get size () { return size },
    find (id) {
      const slot = heads[place(idWords(id), false)]!
      return slot < 0 ? -1 : slot
    },
    add (id) {
      if (marks * 10 > heads.length * 7) rehash()
      const given = idWords(id)
      const at = place(given, true)
      if (heads[at]! >= 0) return heads[at]!
      const slot = spare.pop() ?? size++
      if (slot >= used.length) grow()
      words.set(given, slot * idWidth)
      used[slot] = 1
      if (heads[at] === free) marks++
      heads[at] = slot
      return slot
    },
    remove (slot) {
      heads[place(wordsAt(slot), false)] = left
      used[slot] = 0
      spare.push(slot)
    },
    has: (slot) => used[slot] === 1,
    id: (slot) => wordsAt(slot).map((word) => word.toString(16).padStart(8, '0')).join(''),
    word: (slot, at) => words[slot * idWidth + at]!,
    compare (a, b) {
      for (let at = 0; at < idWidth; at++) {
        const difference = words[a * idWidth + at]! - words[b * idWidth + at]!
        if (difference !== 0) return difference
      }
      return 0
    },
    compareWith (slot, id) {
      for (let at = 0; at < idWidth; at++) {
        const difference = words[slot * idWidth + at]! - id[at]!
        if (difference !== 0) return difference
      }
      return 0
    },
    holds (slot, { length, first, mask, rest }) {
      const start = slot * idWidth
      const [digit0, digit1] = [(first >>> 28) * ones, (first >>> 24 & 15) * ones]
      for (let word = 0; word < idWidth; word++) {
        const high = words[start + word]! | 0
        const low = word + 1 < idWidth ? words[start + word + 1]! | 0 : 0
        // Most words don't have the first two digits anywhere
        if ((zeros(high ^ digit0) & (length === 1 ? -1 : zeros((high << 4 | low >>> 28) ^ digit1))) === 0) continue
        for (let digit = 0; digit < 8; digit++) {
          const window = digit === 0 ? high : (high << digit * 4) | (low >>> 32 - digit * 4)
          if ((window & mask) !== first) continue
          const at = word * 8 + digit
          if (at + length <= 64 && (rest === '' || this.id(slot).startsWith(rest, at + 8))) return true
        }
      }
      return false
    }
  }
}

const ones = 0x11111111

/** The highest bit of each digit that is 0; of some others too. */
function zeros (word: number): number {
  return (word - ones) & ~word & 0x88888888
}

const bytes = Buffer.alloc(4 * idWidth)
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** An id as eight words, whose order is that of the text. */
export function idWords (id: string): IdWords {
  bytes.write(id, 'hex')
  const words = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let word = 0; word < idWidth; word++) words[word] = view.getUint32(4 * word)
  return words
}

/** Hexadecimal digits to look for: the first eight as a word under a mask, the rest as text. */
export interface HexDigits { readonly length: number, readonly first: number, readonly mask: number, readonly rest: string }

/** @returns undefined for text that no id can hold */
export function hexDigits (text: string): HexDigits | undefined {
  if (!/^[0-9a-f]{1,64}$/.test(text)) return undefined
  const head = text.slice(0, 8)
  const mask = head.length === 8 ? -1 : ~(0xFFFFFFFF >>> (head.length * 4))
  return { length: text.length, first: parseInt(head.padEnd(8, '0'), 16) | 0, mask, rest: text.slice(8) }
}

/** Ids are digests, so that any word of theirs is as good as a hash; two are mixed, for those that people make up. */
function hashOf (id: IdWords): number {
  let mixed = 0
  for (let at = 0; at < idWidth; at++) mixed = Math.imul(mixed ^ id[at]!, 0x9E3779B1) ^ (mixed >>> 15)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

function resized<Values extends Uint32Array | Uint8Array> (from: Values, to: Values): Values {
  to.set(from)
  return to
}
