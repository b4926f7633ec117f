import { binBounds, byCodePoint, type Bin, type Machine, type Tally, type TallyQuery } from '@tatuscan/core'
import { countsOf, valueOf } from './matcher.ts'

/** Counts machines by a field or a fact. */
export function tally (machines: readonly Required<Machine>[], by: string, { top = 10, bins = 12, bounds }: TallyQuery, now: number): Tally {
  const counted = machines.map((machine) => countsOf(machine, by, now))
  const groups = groupsOf(counted.flatMap((values) => [...new Set(values.map(String))]))
  const rest = groups.slice(top)
  const values = counted.flat()
  return {
    as_of: new Date(now),
    total: machines.length,
    unknown: machines.filter((machine) => valueOf(machine, by, now) === null).length,
    groups: groups.slice(0, top),
    rest: { values: rest.length, count: rest.reduce((sum, { count }) => sum + count, 0) },
    numbers: values.length > 0 && values.every((value) => typeof value === 'number') ? numbersOf(values, counted as number[][], { bins, bounds }) : null
  }
}

function groupsOf (values: readonly string[]): { value: string, count: number }[] {
  return [...Map.groupBy(values, (value) => value)]
    .map(([value, { length: count }]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || byCodePoint(a.value, b.value))
}

function numbersOf (values: readonly number[], counted: readonly number[][], { bins, bounds }: { bins: number, bounds: readonly number[] | undefined }): Tally['numbers'] {
  const sorted = values.toSorted((a, b) => a - b)
  const [minimum, maximum] = [sorted[0]!, sorted.at(-1)!]
  const edges = bounds === undefined ? binBounds(minimum, maximum, bins) : [-Infinity, ...bounds, Infinity]
  const all = edges.slice(0, -1).map((min, at): Bin => {
    const below = edges[at + 1]!
    const count = counted.filter((those) => those.some((value) => value >= min && value < below)).length
    return { min: Number.isFinite(min) ? min : null, below: Number.isFinite(below) ? below : null, count }
  })
  return {
    minimum,
    average: Number((sorted.reduce((sum, value) => sum + value, 0) / sorted.length).toPrecision(12)),
    maximum,
    bins: all.filter(({ min, below, count }, at) => count > 0 || !((min === null && at === 0) || (below === null && at === all.length - 1)))
  }
}
