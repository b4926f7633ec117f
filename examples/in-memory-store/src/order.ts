import { byCodePoint, compareFacts, sortedFact, TatuScanError, type FactKey, type Machine, type SortKey } from '@tatuscan/core'
import { valueOf } from './matcher.ts'

export interface Order {
  readonly sort: SortKey | FactKey
  readonly dir: 'asc' | 'desc'
}

/** Where a page ended: the last machine's id and what it was sorted by. */
export interface Place {
  readonly machine_id: string
  readonly value: unknown
}

export function placeOf (machine: Required<Machine>, { sort }: Order): Place {
  const isFact = sort.startsWith('facts.')
  const value = isFact ? valueOf(machine, sort, 0) : machine[sort as SortKey]
  if (isFact && value !== null) return { machine_id: machine.machine_id, value: sortedFact(value) }
  return { machine_id: machine.machine_id, value: value instanceof Date ? value.getTime() : value }
}

/** Unknown comes last both ways; ties go by machine_id. */
export function orderOf ({ dir }: Order): (a: Place, b: Place) => number {
  return ({ value: x, ...a }, { value: y, ...b }) => {
    const ties = byCodePoint(a.machine_id, b.machine_id)
    if (x === null || y === null) return Number(x === null) - Number(y === null) || ties
    const difference = compareFacts(x, y)
    return (dir === 'asc' ? difference : -difference) || ties
  }
}

export function writeCursor ({ machine_id, value }: Place, { sort, dir }: Order): string {
  return Buffer.from(JSON.stringify([sort, dir, value, machine_id])).toString('base64url')
}

/** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST */
export function readCursor (cursor: string, { sort, dir }: Order): Place {
  try {
    const [ofSort, ofDir, value, machine_id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (ofSort === sort && ofDir === dir && typeof machine_id === 'string') return { value, machine_id }
  } catch {} // what can't be read is refused below
  throw new TatuScanError('TATUSCAN_INVALID_REQUEST', 'the cursor is none of this listing’s: start again without one', {
    details: [{ path: '/cursor', message: 'must be the next_cursor of a page with the same sort and dir' }]
  })
}
