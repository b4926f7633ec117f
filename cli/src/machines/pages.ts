import type { Client } from './client.ts'
import type { MachineItem } from './item.ts'

export interface Page {
  readonly items: MachineItem[]
  /** How many machines match, whatever the page holds. */
  readonly count: number
}

/**
 * The machines that match, page by page, so that memory stays flat however many there are.
 *
 * @param query filters and order
 * @param most stop after so many
 */
export async function * machinePages (client: Client, query: URLSearchParams = new URLSearchParams(), most: number = Infinity): AsyncGenerator<Page> {
  let [cursor, left]: [string | undefined, number] = [undefined, most]
  do {
    const page = new URLSearchParams(query)
    page.set('limit', String(Math.min(1000, left)))
    if (cursor !== undefined) page.set('cursor', cursor)
    const { items, count, next_cursor: next } = await client.json<Page & { next_cursor?: string }>('GET', `api/machines?${page}`)
    yield { items, count }
    left -= items.length
    cursor = next
  } while (cursor !== undefined && left > 0)
}
