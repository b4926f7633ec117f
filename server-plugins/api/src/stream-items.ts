import { machineItem, type MachinePage, type MachineQuery, type MachineStore } from '@tatuscan/core'

/**
 * The unlimited listing as JSON text, page by page, so that memory stays flat however many machines there are. The
 * count closes it: the machines that it really holds.
 *
 * @param first the query's first page, already read, so that what is wrong with the query is known before a status is sent
 */
export async function * streamItems (machines: MachineStore, query: MachineQuery, first: MachinePage, timeZone: string): AsyncGenerator<string> {
  let count = 0
  let page: MachinePage | undefined = first
  yield '{"items":['
  while (page !== undefined) {
    if (page.machines.length > 0) yield (count === 0 ? '' : ',') + page.machines.map((machine) => JSON.stringify(machineItem(machine, timeZone))).join(',')
    count += page.machines.length
    page = page.next === undefined ? undefined : await machines.list({ ...query, cursor: page.next })
  }
  yield `],"count":${count}}`
}
