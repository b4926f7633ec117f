import { noTatuScan, type Client } from './client.ts'
import type { MachineItem } from './item.ts'

export interface Page {
  readonly items: MachineItem[]
  /** How many machines match, whatever the page holds. */
  readonly count: number
}

/** Whether it is what is told of a machine, as far as that it has an id and a name. */
export function isMachine (item: Partial<MachineItem> | null): item is MachineItem {
  return typeof item?.machine_id === 'string' && typeof item.hostname === 'string'
}

/**
 * The machines that match, page by page, so that memory stays flat however many there are.
 *
 * @param query filters and order
 * @param most stop after so many
 */
export async function * machinePages (client: Client, query: URLSearchParams = new URLSearchParams(), most: number = Infinity): AsyncGenerator<Page> {
  const cursors = new Set<string | undefined>()
  let [cursor, left]: [string | undefined, number] = [undefined, most]
  do {
    const page = new URLSearchParams(query)
    page.set('limit', String(Math.min(1000, left)))
    if (cursor !== undefined) page.set('cursor', cursor)
    const { items, count, next_cursor: next } = await client.json<Partial<Page> & { next_cursor?: string }>('GET', `api/machines?${page}`)
    if (!Array.isArray(items) || !items.every(isMachine) || typeof count !== 'number') throw noTatuScan(client.url, 'its answer is no list of machines')
    if (next !== undefined && cursors.has(next)) throw noTatuScan(client.url, 'its list comes back to a page that it has given')
    cursors.add(next)
    yield { items, count }
    left -= items.length
    cursor = next
  } while (cursor !== undefined && left > 0)
}
