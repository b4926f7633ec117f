import { byCodePoint } from './code-point.ts'

/** A known fact as text: text as it is, lists and objects as JSON. */
export function factText (fact: unknown): string {
  return typeof fact === 'object' ? JSON.stringify(fact) : String(fact)
}

/** By how much of its text a fact is sorted, in characters: cursors hold it. */
const sortedLength = 200

/** What a known fact is sorted by: a number as it is, of all else the first 200 characters of its text. */
export function sortedFact (fact: unknown): number | string {
  if (typeof fact === 'number') return fact
  const text = factText(fact)
  return text.length <= sortedLength ? text : Array.from(text.slice(0, 2 * sortedLength)).slice(0, sortedLength).join('')
}

/** The order of known facts: numbers by value, then all else by {@link sortedFact}. */
export function compareFacts (a: unknown, b: unknown): number {
  const [x, y] = [sortedFact(a), sortedFact(b)]
  if (typeof x === 'number' && typeof y === 'number') return x - y
  return Number(typeof y === 'number') - Number(typeof x === 'number') || byCodePoint(String(x), String(y))
}
