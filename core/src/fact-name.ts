import { collectorNamePattern } from './collector.ts'

/** A fact's place: a collector, and the keys below one another. */
export interface FactName {
  readonly collector: string
  readonly keys: readonly string[]
}

/** How a fact is called in filters and columns, for people. */
export const factNameForm = 'facts.<collector>.<key>, with more keys after dots'

/**
 * Takes the name of a fact apart.
 *
 * @param name `facts.<collector>.<key>.<key>…`
 * @returns undefined where it is none
 */
export function readFactName (name: string): FactName | undefined {
  const [first, collector = '', ...keys] = name.split('.')
  const sane = first === 'facts' && collectorNamePattern.test(collector) && keys.length > 0 && !keys.includes('')
  return sane ? { collector, keys } : undefined
}

/** The value at a place in a machine's facts; undefined where there is none. */
export function factOf (facts: object | undefined, { collector, keys }: FactName): unknown {
  let value: unknown = facts
  for (const key of [collector, ...keys]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
