import type { NumberRange } from './machine-store.ts'

/** The original's bands of a computer's age, with their months as a filter's range. */
export const ageBands: readonly (readonly [band: string, range: NumberRange])[] = [
  ['0–12', { below: 12 }], ['12–36', { min: 12, below: 36 }], ['36–60', { min: 36, below: 60 }], ['60–120', { min: 60, below: 120 }], ['>120', { min: 120 }]
]

/**
 * The instant so many months before another, in UTC. A day that its month lacks is the next month's.
 *
 * @param now milliseconds since 1970, as is the result; -Infinity for more months than there are
 */
export function monthsBefore (now: number, months: number): number {
  const start = new Date(now)
  const instant = start.setUTCMonth(start.getUTCMonth() - months)
  return Number.isNaN(instant) ? -Infinity : instant
}

/**
 * Reads ages as filters take them: an age is `n` months or more where its start lies before `monthsBefore(now, n)`.
 *
 * @returns whole months since an instant in milliseconds since 1970, 0 before it
 */
export function ageReader (now: number): (since: number) => number {
  const starts: number[] = []
  const start = (months: number): number => {
    starts[months] ??= monthsBefore(now, months)
    return starts[months]
  }
  return (since) => {
    let months = Math.max(0, Math.floor((now - since) / averageMonth))
    while (months > 0 && since >= start(months)) months--
    while (since < start(months + 1)) months++
    return months
  }
}

const averageMonth = 365.2425 / 12 * 86_400_000
