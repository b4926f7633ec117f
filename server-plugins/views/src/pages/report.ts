import { machineStatuses, TatuScanError, type MachineFilter, type MachinePage, type SortKey } from '@tatuscan/core'
import { osLabel } from '../labels.ts'
import type { MakePage, PageContext } from '../page.ts'
import { filterOf, orderOf, wholeNumber, type Order } from '../query.ts'

const pageSize = 100

/** Numbers and times are first wanted from the top. */
const columns: readonly { readonly sort: SortKey, readonly first: Order['dir'], readonly numeric?: boolean }[] = [
  { sort: 'hostname', first: 'asc' },
  { sort: 'ip', first: 'asc' },
  { sort: 'os', first: 'asc' },
  { sort: 'os_version', first: 'asc' },
  { sort: 'cpu_percent', first: 'desc', numeric: true },
  { sort: 'memory_used_mb', first: 'desc', numeric: true },
  { sort: 'last_seen', first: 'desc', numeric: true }
]

/** The machines that match, as a table. The address is the whole state: filter, order, page. */
export const reportPage: MakePage = async ({ machines, query, t, formats, links }) => {
  const filter = filterOf(query)
  const order = orderOf(query)
  const limit = wholeNumber(query.limit, { minimum: 1, maximum: 1000, otherwise: pageSize })
  const kept = { ...filter, ...query.sort !== undefined && order, ...query.limit !== undefined && { limit } }

  let page: MachinePage
  try {
    page = await machines.list({ ...filter, ...order, limit, ...query.cursor && { cursor: query.cursor } })
  } catch (error) {
    // A cursor of another order, or an old one: the list starts again
    if (query.cursor && error instanceof TatuScanError && error.code === 'TATUSCAN_INVALID_REQUEST') return { redirect: links.report(kept) }
    throw error
  }
  const everything = await machines.summary()
  const { count } = page
  const filtered = Object.keys(filter).length > 0
  return {
    template: 'report',
    title: t.report.title,
    data: {
      machines: page.machines,
      headline: filtered
        ? t.some(count, formats.number(count), formats.number(everything.total))
        : t.machines(count, formats.number(count)),
      chips: chips(filter, { t }).map(({ name, ...chip }) => ({ ...chip, href: links.report({ ...kept, [name]: undefined }) })),
      clear: links.report({ ...kept, q: undefined, os: undefined, os_version: undefined, status: undefined }),
      choices: {
        status: machineStatuses.map((status) => ({ value: status, label: t.status[status], chosen: status === filter.status })),
        os: everything.os.map(({ value }) => ({ value, label: osLabel(value, t), chosen: value === filter.os }))
      },
      /** What the filter form and the search keep as they are. */
      kept,
      columns: columns.map(({ sort, first, numeric }) => {
        const sorted = sort === order.sort ? order.dir : undefined
        const dir = sorted === undefined ? first : sorted === 'asc' ? 'desc' : 'asc'
        return { name: sort, label: t.fields[sort], numeric, sorted, href: links.report({ ...kept, sort, dir }) }
      }),
      first: query.cursor ? links.report(kept) : undefined,
      next: page.next === undefined ? undefined : links.report({ ...kept, ...order, cursor: page.next })
    }
  }
}

/** The parts of a filter, in words. */
export function chips ({ q, os, os_version, status }: MachineFilter, { t }: Pick<PageContext, 't'>): { name: Exclude<keyof MachineFilter, 'facts'>, label: string, value: string }[] {
  return [
    ...q === undefined ? [] : [{ name: 'q', label: t.report.looking, value: q } as const],
    ...status === undefined ? [] : [{ name: 'status', label: t.fields.status, value: t.status[status] } as const],
    ...os === undefined ? [] : [{ name: 'os', label: t.fields.os, value: osLabel(os, t) } as const],
    ...os_version === undefined ? [] : [{ name: 'os_version', label: t.fields.os_version, value: os_version || t.unknown } as const]
  ]
}
