import { sortKeys, TatuScanError, type FactKey, type SortKey } from '@tatuscan/core'

export interface Order {
  readonly sort: SortKey | FactKey
  readonly dir: 'asc' | 'desc'
}

/** Where a page ended: the last row's sort value, of a fact what it is sorted by as JSON, and its machine_id. */
export interface Cursor {
  readonly value: string | number | null
  readonly id: string
}

export function writeCursor ({ sort, dir }: Order, value: string | number | null, id: string): string {
  return Buffer.from(JSON.stringify([sort, dir, value, id])).toString('base64url')
}

/** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST */
export function readCursor (cursor: string, { sort, dir }: Order): Cursor {
  try {
    const [cursorSort, cursorDir, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const sane = (isText(value) || typeof value === 'number' || value === null) && typeof id === 'string' && /^[0-9a-f]{64}$/.test(id)
    if (sane && cursorSort === sort && cursorDir === dir && isReadable(sort, value)) return { value, id }
  } catch {} // what can't be read is refused below
  throw new TatuScanError('TATUSCAN_INVALID_REQUEST', 'the cursor is none of this listing’s: start again without one', {
    details: [{ path: '/cursor', message: 'must be the next_cursor of a page with the same sort and dir' }]
  })
}

/** Text that any database takes. */
function isText (value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
}

function isReadable (sort: string, value: unknown): boolean {
  if (!sort.startsWith('facts.')) return sortKeys.some((key) => key === sort)
  if (typeof value === 'string') JSON.parse(value) // throws where it is none
  return typeof value !== 'number'
}
