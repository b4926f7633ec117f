/** Chance that comes out the same every time, so that what fails once fails again. */
export interface Random {
  /** A whole number from 0 up to, but not with, the bound. */
  below (bound: number): number
  of<Value> (values: readonly Value[]): Value
}

/** Marsaglia's xorshift of 32 bits. */
export function seeded (seed: number): Random {
  let state = Math.imul(seed + 1, 0x9E3779B1) | 1
  const below = (bound: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
  return { below, of: (values) => values[below(values.length)]! }
}

export function shuffled<Value> (random: Random, values: readonly Value[]): Value[] {
  const mixed = [...values]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    ;[mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!]
  }
  return mixed
}

/** An id of 64 hexadecimal digits. */
export function randomId (random: Random): string {
  return Array.from({ length: 64 }, () => random.below(16).toString(16)).join('')
}
