import { shown } from '../report-table.ts'
import type { MachineItem } from './item.ts'
import { textTable } from './text-table.ts'

const head = ['HOSTNAME', 'IP', 'SYSTEM', 'STATUS', 'LAST SEEN', 'MODEL', 'ACTIVATED', 'ID']

/**
 * Machines as lines of a table, page by page: the first page settles how wide columns are, so that a listing of any length
 * is shown as it comes.
 *
 * @param width of the terminal; without it every value is whole
 */
export function machineTable (width: number | undefined): (items: readonly MachineItem[]) => string[] {
  let line: ((row: readonly string[]) => string) | undefined
  return (items) => {
    const rows = items.map((item) => cells(item, width !== undefined))
    if (line !== undefined) return rows.map(line)
    line = textTable([head, ...rows], { width })
    return [head, ...rows].map(line)
  }
}

function cells (item: MachineItem, short: boolean): string[] {
  const { hostname, ip, os, os_version, status, last_seen, computer_model, computer_activation, machine_id } = item
  return [
    shown(hostname), shown(ip), shown(os_version ?? os), status, short ? last_seen.slice(0, 16).replace('T', ' ') : last_seen,
    shown(computer_model), shown(computer_activation?.slice(0, 10)), short ? machine_id.slice(0, 12) : machine_id
  ]
}
