import { byCodePoint, compareFacts, sortedFact } from '@tatuscan/core'
import { knownOr, type CodedColumn } from './columns.ts'
import type { Cursor, Order } from './cursor.ts'
import { columnName } from './facts.ts'
import { idWords, type IdWords } from './id-table.ts'
import type { Roster } from './roster.ts'

export interface Ordering {
  /** Negative where slot `a` comes before slot `b`. */
  compare (a: number, b: number): number
  /** A number by which slots are in the same order, up to their ids; where there is none slots have to be compared. */
  readonly key?: (slot: number) => number
  /** Whether a slot comes after where a page ended. */
  after (cursor: Cursor): (slot: number) => boolean
  /** What a slot is sorted by. */
  value (slot: number): string | number | null
}

export function orderingOf (roster: Roster, { sort, dir }: Order): Ordering {
  const { ids, numbers, coded, text } = roster
  const sign = dir === 'asc' ? 1 : -1
  const afterId = (slot: number, id: IdWords) => ids.compareWith(slot, id) > 0
  if (sort === 'machine_id') {
    return {
      compare: (a, b) => sign * ids.compare(a, b),
      after: ({ id }) => {
        const words = idWords(id)
        return (slot) => sign * ids.compareWith(slot, words) > 0
      },
      value: (slot) => ids.id(slot)
    }
  }
  if (sort === 'hostname' || sort === 'ip') {
    const column = text[sort]
    const isUnknown = (slot: number): boolean => sort === 'ip' && column.length(slot) === 0 // an imported hostname may be empty, and is one
    return {
      compare: (a, b) => Number(isUnknown(a)) - Number(isUnknown(b)) || sign * column.compare(a, b) || ids.compare(a, b),
      after: ({ value, id }) => {
        const bytes = Buffer.from(value === null ? '' : String(value))
        const words = idWords(id)
        if (sort === 'ip' && bytes.length === 0) return (slot) => isUnknown(slot) && afterId(slot, words)
        return (slot) => {
          if (isUnknown(slot)) return true
          const difference = sign * column.compareWith(slot, bytes)
          return difference > 0 || (difference === 0 && afterId(slot, words))
        }
      },
      value: (slot) => isUnknown(slot) ? null : column.get(slot)
    }
  }
  if (sort.startsWith('facts.')) return byFact(roster, roster.facts.get(columnName(sort.slice('facts.'.length)))!, sign)
  // Whatever else there is becomes a number that is sorted upwards, unknown being the largest.
  const { key, keyOf, value } = sort in coded ? byRank(coded[sort as keyof typeof coded], sign) : byNumber(numbers[sort as keyof typeof numbers], sign)
  return {
    key,
    compare: (a, b) => {
      const [x, y] = [key(a), key(b)]
      return x < y ? -1 : x > y ? 1 : ids.compare(a, b)
    },
    after: (cursor) => {
      const bound = cursor.value === null ? Infinity : keyOf(cursor.value)
      const words = idWords(cursor.id)
      return (slot) => {
        const own = key(slot)
        return own > bound || (own === bound && afterId(slot, words))
      }
    },
    value
  }
}

/** Compares as it goes: facts may be other on every machine, and ranks of a million texts would hold up everybody. */
function byFact ({ ids }: Roster, column: CodedColumn, sign: number): Ordering {
  const compareJson = (a: string | null, b: string | null): number => {
    if (a === b) return 0
    if (a === null || b === null) return a === null ? 1 : -1
    return sign * compareFacts(JSON.parse(a), JSON.parse(b))
  }
  const json = (slot: number) => column.texts[column.code(slot)]!
  return {
    compare: (a, b) => compareJson(json(a), json(b)) || ids.compare(a, b),
    after: ({ value: bound, id }) => {
      const words = idWords(id)
      return (slot) => (compareJson(json(slot), bound as string | null) || ids.compareWith(slot, words)) > 0
    },
    value (slot) {
      const known = json(slot)
      return known === null ? null : JSON.stringify(sortedFact(JSON.parse(known)))
    }
  }
}

function byNumber (column: Roster['numbers']['cpu_percent'], sign: number) {
  return {
    key: (slot: number) => knownOr(sign * column.get(slot), Infinity),
    keyOf: (value: string | number) => sign * Number(value),
    value: (slot: number) => Number.isNaN(column.get(slot)) ? null : column.get(slot)
  }
}

function byRank (column: Roster['coded']['os'], sign: number) {
  return {
    key (slot: number) {
      const code = column.code(slot)
      return code === 0 ? Infinity : sign * column.ranks()[code]!
    },
    /** Between two ranks where no machine has the text any more. */
    keyOf (value: string | number) {
      const text = String(value)
      const ranks = column.ranks()
      let rank = -0.5
      column.texts.forEach((other, code) => {
        if (other === null) return
        const difference = byCodePoint(other, text)
        if (difference === 0) rank = Math.max(rank, ranks[code]!)
        else if (difference < 0) rank = Math.max(rank, ranks[code]! + 0.5)
      })
      return sign * rank
    },
    value: (slot: number) => column.texts[column.code(slot)] ?? null
  }
}
