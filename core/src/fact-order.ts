import { byCodePoint } from './code-point.ts'

/** A known fact as text: text as it is, lists and objects as JSON. */
export function factText (fact: unknown): string {
  return typeof fact === 'object' ? JSON.stringify(fact) : String(fact)
}

/** The order of known facts: numbers by value, then all else by its text. */
export function compareFacts (a: unknown, b: unknown): number {
  const [x, y] = [typeof a === 'number', typeof b === 'number']
  if (x && y) return (a as number) - (b as number)
  return Number(y) - Number(x) || byCodePoint(factText(a), factText(b))
}
