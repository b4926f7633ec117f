import { duplicateOf, sortKeys, sourceOf, type SortKey } from '@tatuscan/core'
import { readTurns, seenAt, storedFailures, type InventoryRow } from '../rows.ts'
import { codedColumn, numberColumn, textColumn, type CodedColumn } from './columns.ts'
import { createIdTable, type IdTable } from './id-table.ts'
import { orderingOf } from './ordering.ts'
import { everyField, fieldBit, keepOrders, type Orders } from './orders.ts'
import { createTextPages, type TextPages } from './text-pages.ts'

/** The columns of `inventory` that a roster keeps. */
export const rosterColumns = [
  'machine_id', 'hostname', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'computer_model',
  'computer_activation', 'activation_days', 'created_at', 'updated_at', 'last_seen', 'agent_version', 'interval_s', 'failures', 'turns'
] as const satisfies readonly (keyof InventoryRow)[]

export type RosterRow = Pick<InventoryRow, typeof rosterColumns[number]>

/**
 * What listings sort, search and count by, of every machine, in memory: some 150 bytes a machine. A fleet's machines
 * report all the time, so that an index on the values that change would cost a database more than the reports themselves;
 * and each database would sort, search and count in its own way. The truth stays in the database.
 */
export interface Roster {
  readonly ids: IdTable
  readonly numbers: ReturnType<typeof numberColumns>
  readonly coded: ReturnType<typeof codedColumns>
  readonly text: ReturnType<typeof textColumns>
  /** Hostnames and addresses, to be searched. */
  readonly pages: TextPages
  readonly orders: Orders
  /** Facts by the name of their column: the value as JSON. */
  readonly facts: Map<string, CodedColumn>
  /** Of the machines on which something fails: since when each collector does, in milliseconds since 1970. */
  readonly failing: Map<number, ReadonlyMap<string, number>>
  /** The machines under whose id two take turns in reporting. */
  readonly duplicates: Set<number>
  /** How many machines there are. */
  readonly count: number
  put (row: RosterRow): void
  remove (machineId: string): void
}

/** @param expected about how many machines there will be */
export function createRoster (expected: number): Roster {
  const room = Math.ceil(expected * 1.05) + 1024
  const ids = createIdTable(room)
  const numbers = numberColumns(room)
  const coded = codedColumns(room)
  const text = textColumns(room)
  const pages = createTextPages(ids, Object.values(text))
  const facts = new Map<string, CodedColumn>()
  const failing: Roster['failing'] = new Map()
  const duplicates = new Set<number>()
  let count = 0
  const roster: Roster = {
    ids,
    numbers,
    coded,
    text,
    pages,
    orders: keepOrders({ ids, orderingOf: (order) => orderingOf(roster, order) }),
    facts,
    failing,
    duplicates,
    get count () { return count },
    put (row) {
      const before = ids.size
      let slot = ids.find(row.machine_id)
      let changed = 0
      if (slot === -1) {
        slot = ids.add(row.machine_id)
        count++
        changed = everyField
        if (slot < before) for (const column of facts.values()) column.set(slot, null) // a slot that another machine has left
      }
      if (text.hostname.set(slot, row.hostname)) changed |= fields.hostname
      if (text.ip.set(slot, row.ip ?? '')) changed |= fields.ip
      if ((changed & (fields.hostname | fields.ip)) !== 0) pages.change(slot)
      if (coded.os.set(slot, row.os || null)) changed |= fields.os
      if (coded.os_version.set(slot, row.os_version || null)) changed |= fields.os_version
      if (coded.computer_model.set(slot, row.computer_model || null)) changed |= fields.computer_model
      if (coded.agent_version.set(slot, row.agent_version || null)) changed |= fields.agent_version
      if (numbers.cpu_percent.set(slot, row.cpu_percent)) changed |= fields.cpu_percent
      if (numbers.memory_total_mb.set(slot, row.memory_total_mb)) changed |= fields.memory_total_mb
      if (numbers.memory_used_mb.set(slot, row.memory_used_mb)) changed |= fields.memory_used_mb
      if (numbers.activation_days.set(slot, row.activation_days)) changed |= fields.activation_days
      if (numbers.computer_activation.set(slot, row.computer_activation === null ? null : Date.parse(row.computer_activation))) changed |= fields.computer_activation
      if (numbers.created_at.set(slot, Date.parse(row.created_at))) changed |= fields.created_at
      if (numbers.updated_at.set(slot, row.updated_at === null ? null : seenAt(row.updated_at))) changed |= fields.updated_at
      if (numbers.last_seen.set(slot, seenAt(row.last_seen))) changed |= fields.last_seen
      numbers.interval_s.set(slot, row.interval_s)
      if (changed !== 0) roster.orders.touch(slot, changed)
      if (row.failures === null) failing.delete(slot)
      else failing.set(slot, new Map(storedFailures(row).map(({ collector, failing_since }) => [collector, Date.parse(failing_since)])))
      if (row.turns === null || duplicateOf(sourceOf(row), readTurns(row)) === null) duplicates.delete(slot)
      else duplicates.add(slot)
    },
    remove (machineId) {
      const slot = ids.find(machineId)
      if (slot === -1) return
      ids.remove(slot)
      roster.orders.touch(slot, everyField)
      failing.delete(slot)
      duplicates.delete(slot)
      count--
    }
  }
  return roster
}

/** Each field that machines are sorted by, as a bit. */
const fields = Object.fromEntries(sortKeys.map((key) => [key, fieldBit(key)])) as Readonly<Record<SortKey, number>>

function numberColumns (room: number) {
  return {
    cpu_percent: numberColumn(room),
    memory_total_mb: numberColumn(room),
    memory_used_mb: numberColumn(room),
    activation_days: numberColumn(room),
    interval_s: numberColumn(room),
    /** Times in milliseconds since 1970. */
    computer_activation: numberColumn(room),
    created_at: numberColumn(room),
    updated_at: numberColumn(room),
    last_seen: numberColumn(room)
  }
}

function codedColumns (room: number) {
  return { os: codedColumn(room), os_version: codedColumn(room), computer_model: codedColumn(room), agent_version: codedColumn(room) }
}

function textColumns (room: number) {
  return { hostname: textColumn(room, 14), ip: textColumn(room, 12) }
}
