import { parseInstant } from '@tatuscan/core'
import { cut, type InventoryRow } from '../rows.ts'
import type { OriginalColumn, OriginalRow } from './original-database.ts'

/** A machine that can't be imported. */
export interface RefusedMachine {
  readonly machine_id: string
  readonly reason: string
}

/** A value that could not arrive as it was. */
export interface AlteredValue {
  readonly machine_id: string
  readonly column: OriginalColumn
  readonly reason: string
}

export type ReadRow =
  | { readonly row: InventoryRow, readonly altered: readonly AlteredValue[] }
  | { readonly refused: RefusedMachine }

/** How long text may be, in characters; SQLite holds its own to nothing. */
const lengths = { hostname: 100, ip: 45, os: 100, os_version: 100, computer_model: 100 } as const

type TextColumn = keyof typeof lengths

/**
 * Makes our row of one of the original's: every value as it was, times as instants, of which those without an offset are
 * local to the time zone. What no database of ours can hold, and the original itself can hardly have written, becomes
 * unknown or what comes closest, and is told.
 */
export function readRow (given: OriginalRow, timeZone: string): ReadRow {
  const { machine_id: id } = given
  if (typeof id !== 'string' || !/^[0-9a-f]{64}$/i.test(id)) return refused(id, 'machine_id is not 64 hex digits, so no agent can report under it')
  const machine_id = id.toLowerCase()
  const altered: AlteredValue[] = []
  const tell = (column: OriginalColumn, reason: string): void => { altered.push({ machine_id, column, reason }) }

  function text (column: TextColumn): string | null {
    const value = given[column]
    if (value === null) return null
    if (typeof value !== 'string') {
      tell(column, 'is no text; unknown now')
      return null
    }
    const held = cut(value.replaceAll('\0', '\ufffd'), lengths[column])
    if (held !== value) tell(column, value.includes('\0') ? 'holds NUL; marked as \ufffd now' : `is longer than ${lengths[column]} characters; cut`)
    return held
  }

  function number (column: OriginalColumn, fits: (value: number) => boolean, reason: string): number | null {
    const value = given[column]
    if (value === null) return null
    const read = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : NaN
    if (fits(read)) return read
    tell(column, `is ${String(value)}, ${reason}; unknown now`)
    return null
  }

  function instant (column: OriginalColumn): string | null {
    const value = given[column]
    if (value === null) return null
    const read = typeof value === 'string' ? parseInstant(value.replace(/\+00$/, 'Z'), timeZone) : undefined
    if (read !== undefined) return read.toISOString()
    tell(column, `is ${String(value)}, no time; unknown now`)
    return null
  }

  const [hostname, os] = [text('hostname'), text('os')]
  const [created, updated] = [instant('created_at'), instant('updated_at')]
  if (hostname === null || os === null) return refused(id, `${hostname === null ? 'hostname' : 'os'} is no text`)
  const first = created ?? updated
  if (first === null) return refused(id, 'neither created_at nor updated_at is a time')
  const row: InventoryRow = {
    machine_id,
    hostname,
    ip: text('ip'),
    os,
    os_version: text('os_version'),
    cpu_percent: number('cpu_percent', Number.isFinite, 'no finite number'),
    memory_total_mb: number('memory_total_mb', Number.isSafeInteger, 'no whole number up to 2^53'),
    memory_used_mb: number('memory_used_mb', Number.isSafeInteger, 'no whole number up to 2^53'),
    computer_model: text('computer_model'),
    computer_activation: instant('computer_activation'),
    activation_days: number('activation_days', (value) => value === (value | 0), 'no whole number of 32 bits'),
    created_at: first,
    updated_at: updated,
    last_seen: updated ?? first,
    agent_version: null,
    interval_s: null,
    report_id: null,
    report_digest: null,
    failures: null,
    fact_digests: null,
    clock_offset_s: null,
    turns: null,
    unverified: null
  }
  return { row, altered }
}

function refused (id: unknown, reason: string): ReadRow {
  return { refused: { machine_id: cut(Buffer.isBuffer(id) ? id.toString('latin1') : String(id), 100), reason } }
}
