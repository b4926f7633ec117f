/** Numbers that look random and come again with the same seed. */
export interface Random {
  /** A whole number below `limit`. */
  below (limit: number): number
  /** True this often, 0 to 1. */
  chance (often: number): boolean
  /** One of these. */
  one<Item> (items: readonly Item[]): Item
  hex (digits: number): string
}

/** sfc32, by Chris Doty-Humphrey. */
export function createRandom (...seed: readonly number[]): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]
  for (const part of seed) {
    c ^= part
    for (let turn = 0; turn < 20; turn++) next()
  }

  function next (): number {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum | 0
    return sum >>> 0
  }

  const below = (limit: number): number => Math.floor(next() / 2 ** 32 * limit)
  return {
    below,
    chance: (often) => next() / 2 ** 32 < often,
    one: (items) => items[below(items.length)]!,
    hex: (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join('')
  }
}
