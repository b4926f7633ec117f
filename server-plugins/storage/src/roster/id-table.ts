/**
 * The ids of machines, each of 64 hexadecimal digits in a slot of its own: eight words a slot, found by hashing. A Map of
 * a million strings would take four times the memory.
 */
export interface IdTable {
  /** How many slots there are, the free ones too. */
  readonly size: number
  /** The slot of an id, -1 where it has none. */
  find (id: string): number
  /** The same of many ids, written one after the other. */
  findAll (ids: string): Int32Array
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
  /** The first slot from this one on, below `end`, whose id as text holds these hexadecimal digits; `end` where there is none. */
  next (digits: HexDigits, from: number, end: number): number
}

export type IdWords = ArrayLike<number>

/** How many words an id has. */
export const idWidth = 8
/** How many digits an id has. */
export const idDigits = 64
const free = -1
const left = -2

export function createIdTable (expected = 1024): IdTable {
  let words = new Uint32Array(Math.max(expected, 1024) * idWidth + 1) // what looks at each word with the one after it finds one after the last
  let used = new Uint8Array(Math.max(expected, 1024))
  let heads = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(expected, 1024) * 2))).fill(free)
  const spare: number[] = []
  let size = 0
  let marks = 0 // heads that are taken, or were

  function matches (slot: number, id: IdWords, from: number): boolean {
    const start = slot * idWidth
    for (let at = 0; at < idWidth; at++) if (words[start + at] !== id[from + at]) return false
    return true
  }

  /** Where an id, whose words are given from some place on, is in `heads`, or would go. */
  function place (id: IdWords, toAdd: boolean, from = 0): number {
    const mask = heads.length - 1
    let at = hashOf(id, from) & mask
    let reusable = -1
    for (;;) {
      const slot = heads[at]!
      if (slot === free) return toAdd && reusable !== -1 ? reusable : at
      if (slot === left) {
        if (reusable === -1) reusable = at
      } else if (matches(slot, id, from)) return at
      at = (at + 1) & mask
    }
  }

  function grow (): void {
    const capacity = used.length < 1 << 16 ? used.length * 2 : Math.ceil(used.length * 1.25)
    words = resized(words, new Uint32Array(capacity * idWidth + 1))
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

  /** Whether the digits from one on, as all ids have them one after the other, are these and of one id. */
  function isAt (at: number, { length, words: wanted, mask }: HexDigits): boolean {
    if (at % idDigits + length > idDigits) return false
    for (let piece = 0, word = Math.floor(at / 8); piece < wanted.length; piece++, word++) {
      const eight = ahead(words[word]!, words[word + 1]!, at % 8)
      if (((eight ^ wanted[piece]!) & (piece === wanted.length - 1 ? mask : -1)) !== 0) return false
    }
    return true
  }

  const wordsAt = (slot: number): number[] => Array.from(words.subarray(slot * idWidth, (slot + 1) * idWidth))

  return {
    get size () { return size },
    find (id) {
      const slot = heads[place(idWords(id), false)]!
      return slot < 0 ? -1 : slot
    },
    /** In rounds, so that memory is asked for many ids at once, where a loop of `find` would wait for it at each. */
    findAll (ids) {
      const digits = Buffer.from(ids, 'hex')
      const read = new DataView(digits.buffer, digits.byteOffset, digits.length)
      const given = new Uint32Array(digits.length / 4)
      for (let word = 0; word < given.length; word++) given[word] = read.getUint32(4 * word)
      const slots = new Int32Array(given.length / idWidth)
      const mask = heads.length - 1
      for (let one = 0; one < slots.length; one++) slots[one] = hashOf(given, one * idWidth) & mask
      for (let one = 0; one < slots.length; one++) slots[one] = heads[slots[one]!]!
      for (let one = 0; one < slots.length; one++) {
        const slot = slots[one]!
        if (slot < 0 || !matches(slot, given, one * idWidth)) slots[one] = heads[place(given, false, one * idWidth)]!
      }
      return slots
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
    next (digits, from, end) {
      const { length, words: [first] } = digits
      const [digit0, digit1, digit2] = [(first! >>> 28) * ones, (first! >>> 24 & 15) * ones, (first! >>> 20 & 15) * ones]
      const [has1, has2] = [length > 1 ? -1 : 0, length > 2 ? -1 : 0]
      const all = words
      const last = end * idWidth
      let low = all[from * idWidth]! | 0
      for (let word = from * idWidth; word < last; word++) {
        const high = low
        low = all[word + 1]! | 0
        // A digit that is 0 here is where the first three are; most words have none
        const differing = (high ^ digit0) | ((high << 4 | low >>> 28) ^ digit1) & has1 | ((high << 8 | low >>> 24) ^ digit2) & has2
        for (let places = zeros(differing); places !== 0; places &= places - 1) {
          const at = word * 8 + (Math.clz32(places & -places) >>> 2)
          if (isAt(at, digits)) return Math.floor(at / idDigits)
        }
      }
      return end
    }
  }
}

const ones = 0x11111111

/** The highest bit of each digit that is 0; of some others too. */
function zeros (word: number): number {
  return (word - ones) & ~word & 0x88888888
}

/** The eight digits that begin so many after the first of a word. */
function ahead (word: number, next: number, digits: number): number {
  return digits === 0 ? word : word << digits * 4 | next >>> 32 - digits * 4
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

/** Hexadecimal digits to look for: eight a word, the last of which has as many as its mask. */
export interface HexDigits { readonly length: number, readonly words: readonly number[], readonly mask: number }

/** @returns undefined for text that no id can hold */
export function hexDigits (text: string): HexDigits | undefined {
  if (!/^[0-9a-f]{1,64}$/.test(text)) return undefined
  const words = text.match(/.{1,8}/g)!.map((piece) => parseInt(piece.padEnd(8, '0'), 16) | 0)
  return { length: text.length, words, mask: -1 << 4 * (8 * words.length - text.length) }
}

/** Ids are digests, so that any word of theirs is as good as a hash; two are mixed, for those that people make up. */
function hashOf (id: IdWords, from: number): number {
  let mixed = 0
  for (let at = 0; at < idWidth; at++) mixed = Math.imul(mixed ^ id[from + at]!, 0x9E3779B1) ^ (mixed >>> 15)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

function resized<Values extends Uint32Array | Uint8Array> (from: Values, to: Values): Values {
  to.set(from)
  return to
}
