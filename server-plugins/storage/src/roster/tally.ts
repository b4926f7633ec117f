import { ageReader, binBounds, byCodePoint, type MachineFilter, type Tally } from '@tatuscan/core'
import { defaultIntervalS, statusOf } from '../status.ts'
import { knownOr, type CodedColumn } from './columns.ts'
import { eachOf, eachMatching } from './each-matching.ts'
import { columnName, factValues } from './facts.ts'
import { numberColumnOf, type Moment } from './matcher.ts'
import type { Roster } from './roster.ts'

export interface TallyOptions {
  readonly filter: MachineFilter
  readonly top: number
  readonly bins: number
  readonly bounds?: readonly number[]
}

/** Machines that have the same: what counts of it, and how many they are. */
interface Counted {
  readonly values: readonly unknown[]
  readonly count: number
}

interface Counter {
  add (slot: number): void
  /** Undefined where what was counted has changed its meaning meanwhile. */
  counted (): { readonly unknown: number, readonly entries: Iterable<Counted> } | undefined
}

/** Counts the machines that match a filter by a field or a fact. */
export async function tally (roster: Roster, by: string, options: TallyOptions, moment: Moment): Promise<Tally> {
  for (;;) {
    const counter = counterOf(roster, by, moment)
    let total = 0
    await eachMatching(roster, options.filter, moment, (slot) => {
      total++
      counter.add(slot)
    })
    const counted = counter.counted()
    if (counted === undefined) continue
    const { groups, rest } = await groupsOf(counted.entries, options.top)
    return { as_of: new Date(moment.now), total, unknown: counted.unknown, groups, rest, numbers: await numbersOf(counted.entries, options) }
  }
}

function counterOf (roster: Roster, by: string, { now, thresholds }: Moment): Counter {
  const { coded, numbers, failing } = roster
  if (by.startsWith('facts.')) return codedCounter(roster.facts.get(columnName(by.slice('facts.'.length)))!, factValues)
  if (Object.hasOwn(coded, by)) return codedCounter(coded[by as keyof typeof coded], (text) => [text])
  if (by === 'status') return valueCounter((slot) => statusOf(numbers.last_seen.get(slot), knownOr(numbers.interval_s.get(slot), defaultIntervalS), now, thresholds))
  if (by === 'failing') return listCounter((slot) => failing.get(slot)?.keys() ?? [])
  const column = numberColumnOf(roster, by)
  if (column === undefined) return valueCounter(() => undefined)
  const read = by === 'age' ? ageReader(now) : (value: number) => value
  return valueCounter((slot) => Number.isNaN(column.get(slot)) ? undefined : read(column.get(slot)))
}

/** Counts what many machines have in common by its code, and asks once what each is. */
function codedCounter (column: CodedColumn, valuesOf: (text: string) => readonly unknown[]): Counter {
  const { generation } = column
  let counts = new Uint32Array(column.texts.length)
  return {
    add (slot) {
      const code = column.code(slot)
      if (code >= counts.length) {
        const larger = new Uint32Array(column.texts.length * 2)
        larger.set(counts)
        counts = larger
      }
      counts[code]!++
    },
    counted () {
      if (column.generation !== generation) return undefined
      const texts = [...column.texts] // they may be others at the next turn
      return {
        unknown: counts[0]!,
        entries: {
          * [Symbol.iterator] () {
            for (let code = 1; code < texts.length; code++) if ((counts[code] ?? 0) > 0) yield { values: valuesOf(texts[code]!), count: counts[code]! }
          }
        }
      }
    }
  }
}

function valueCounter (valueOf: (slot: number) => unknown): Counter {
  const counts = new Map<unknown, number>()
  return {
    add (slot) {
      const value = valueOf(slot)
      counts.set(value, (counts.get(value) ?? 0) + 1)
    },
    counted: () => ({ unknown: counts.get(undefined) ?? 0, entries: entriesOf(counts) })
  }
}

function listCounter (valuesOf: (slot: number) => Iterable<unknown>): Counter {
  const counts = new Map<unknown, number>()
  return {
    add (slot) { for (const value of valuesOf(slot)) counts.set(value, (counts.get(value) ?? 0) + 1) },
    counted: () => ({ unknown: 0, entries: entriesOf(counts) })
  }
}

/** What is unknown left out. */
function entriesOf (counts: ReadonlyMap<unknown, number>): Iterable<Counted> {
  return { * [Symbol.iterator] () { for (const [value, count] of counts) if (value !== undefined) yield { values: [value], count } } }
}

/** The groups of most machines, kept in order as they are found. */
async function groupsOf (entries: Iterable<Counted>, top: number): Promise<Pick<Tally, 'groups' | 'rest'>> {
  const counts = new Map<string, number>()
  await eachOf(entries, ({ values, count }) => {
    for (const value of new Set(values.map(String))) counts.set(value, (counts.get(value) ?? 0) + count)
  })
  const groups: { value: string, count: number }[] = []
  const rest = { values: 0, count: 0 }
  await eachOf(counts, ([value, count]) => {
    const isAfter = (other: { value: string, count: number }) => count > other.count || (count === other.count && byCodePoint(value, other.value) < 0)
    const last = groups.at(-1)
    if (groups.length === top && last !== undefined && !isAfter(last)) {
      rest.values++
      rest.count += count
      return
    }
    const place = groups.findIndex(isAfter)
    groups.splice(place === -1 ? groups.length : place, 0, { value, count })
    if (groups.length <= top) return
    rest.values++
    rest.count += groups.pop()!.count
  })
  return { groups, rest }
}

async function numbersOf (entries: Iterable<Counted>, { bins, bounds }: TallyOptions): Promise<Tally['numbers']> {
  let [minimum, maximum, known, sum, lost] = [Infinity, -Infinity, 0, 0, 0]
  let numeric = true
  await eachOf(entries, ({ values, count }) => {
    for (const value of values) {
      if (typeof value !== 'number') {
        numeric = false
        continue
      }
      minimum = Math.min(minimum, value)
      maximum = Math.max(maximum, value)
      known += count
      // Neumaier's sum: the order in which machines come is each database's own, and must not show
      const added = value * count
      const next = sum + added
      lost += Math.abs(sum) >= Math.abs(added) ? (sum - next) + added : (added - next) + sum
      sum = next
    }
  })
  if (!numeric || known === 0) return null
  const edges = bounds === undefined ? binBounds(minimum, maximum, bins) : [-Infinity, ...bounds, Infinity]
  const counts = new Array<number>(edges.length - 1).fill(0)
  await eachOf(entries, ({ values, count }) => {
    for (const bin of new Set(values.map((value) => binOf(edges, value as number)))) counts[bin]! += count
  })
  const all = counts.map((count, at) => ({ min: finite(edges[at]!), below: finite(edges[at + 1]!), count }))
  const first = all.findIndex(({ min, count }) => min !== null || count > 0)
  const last = all.findLastIndex(({ below, count }) => below !== null || count > 0)
  return { minimum, average: Number(((sum + lost) / known).toPrecision(12)), maximum, bins: all.slice(first, last + 1) }
}

/** The bin that a number is in, by halving. */
function binOf (edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (value >= edges[middle]!) low = middle
    else high = middle
  }
  return low
}

function finite (bound: number): number | null {
  return Number.isFinite(bound) ? bound : null
}
