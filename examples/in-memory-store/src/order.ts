import { byCodePoint, TatuScanError, type Machine, type SortKey } from '@tatuscan/core'

export interface Order {
  readonly sort: SortKey
  readonly dir: 'asc' | 'desc'
}

/** Where a page ended: the last machine's id and what it was sorted by. A machine is one too. */
type Place = Pick<Machine, 'machine_id'> & Partial<Machine>

/** Unknown comes last both ways; ties go by machine_id. */
export function orderOf ({ sort, dir }: Order): (a: Place, b: Place) => number {
  return (a, b) => {
    const [x, y] = [a[sort]!, b[sort]!]
    const ties = byCodePoint(a.machine_id, b.machine_id)
    if (x === null || y === null) return Number(x === null) - Number(y === null) || ties
    const difference = typeof x === 'string' ? byCodePoint(x, y as string) : Number(x) - Number(y)
    return (dir === 'asc' ? difference : -difference) || ties
  }
}

export function writeCursor (machine: Machine, { sort, dir }: Order): string {
  const value = machine[sort]
  return Buffer.from(JSON.stringify([sort, dir, value instanceof Date ? value.getTime() : value, machine.machine_id])).toString('base64url')
}

/** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST */
export function readCursor (cursor: string, { sort, dir }: Order): Place {
  try {
    const [ofSort, ofDir, value, machine_id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (ofSort === sort && ofDir === dir && typeof machine_id === 'string') return { [sort]: value, machine_id }
  } catch {} // what can't be read is refused below
  throw new TatuScanError('TATUSCAN_INVALID_REQUEST', 'the cursor is none of this listing’s: start again without one', {
    details: [{ path: '/cursor', message: 'must be the next_cursor of a page with the same sort and dir' }]
  })
}
