import { hash } from 'node:crypto'
import type { IncomingReport, Machine, MachineChanges } from '@tatuscan/core'
import { statusOf, type StatusThresholds } from './status.ts'

/** A row of `inventory`. Times are ISO 8601 text in UTC with milliseconds, which sorts as time does. */
export interface InventoryRow {
  machine_id: string
  hostname: string
  ip: string | null
  os: string
  os_version: string | null
  cpu_percent: number | null
  memory_total_mb: number | null
  memory_used_mb: number | null
  computer_model: string | null
  computer_activation: string | null
  activation_days: number | null
  created_at: string
  updated_at: string | null
  last_seen: string
  agent_version: string | null
  interval_s: number | null
  report_id: string | null
  report_digest: string | null
  failure_count: number | null
}

/** A row of `machine_facts`: JSON text. */
export interface FactsRow {
  machine_id: string
  facts: string
  failures: string
}

/** A row of `collectors`: the schema is JSON text. */
export interface CollectorRow {
  name: string
  schema: string
  updated_at: string
}

export interface Tables {
  inventory: InventoryRow
  machine_facts: FactsRow
  collectors: CollectorRow
}

/** What a report makes of its machine: the row, and the facts' row where it told facts. */
export interface ReportRows {
  readonly inventory: InventoryRow
  readonly facts: FactsRow | undefined
}

/** The rows that a report makes. `before` is what is known of its machine, `seen` when it came. Long text is cut to its column, by character. */
export function rowsOf (report: IncomingReport, before: InventoryRow | undefined, seen: string): ReportRows {
  const { machine_id, facts, failures } = report
  const told = facts !== undefined || failures !== undefined
  const json = jsonOf(report)
  return {
    inventory: {
      machine_id,
      hostname: cut(report.hostname, 100),
      ip: report.ip || null,
      os: cut(report.os, 100),
      os_version: cutOrNull(report.os_version),
      cpu_percent: report.cpu_percent,
      memory_total_mb: report.memory_total_mb,
      memory_used_mb: report.memory_used_mb ?? null,
      ...changesOf(report, before),
      created_at: before?.created_at ?? seen,
      updated_at: before === undefined ? null : seen,
      last_seen: seen,
      agent_version: report.agent_version ?? null,
      interval_s: report.interval_s ?? null,
      report_id: report.report_id ?? null,
      report_digest: report.report_id === undefined ? null : digestOf(report, json),
      failure_count: told ? failures?.length ?? 0 : null
    },
    facts: told ? { machine_id, ...json } : undefined
  }
}

/** The three columns that people set: as given, else as they were. */
export function changesOf (changes: Partial<MachineChanges>, before: InventoryRow | undefined): Pick<InventoryRow, keyof MachineChanges> {
  const { computer_model: model, computer_activation: activation, activation_days: days } = changes
  return {
    computer_model: model === undefined ? before?.computer_model ?? null : cutOrNull(model),
    computer_activation: activation === undefined ? before?.computer_activation ?? null : activation?.toISOString() ?? null,
    activation_days: days === undefined ? before?.activation_days ?? null : days
  }
}

export function machineOf (row: InventoryRow, thresholds: StatusThresholds, now: number = Date.now()): Machine {
  const { report_id: _id, report_digest: _digest, failure_count: _count, ...told } = row
  const lastSeen = new Date(row.last_seen)
  return {
    ...told,
    computer_activation: instant(row.computer_activation),
    created_at: new Date(row.created_at),
    updated_at: instant(row.updated_at),
    last_seen: lastSeen,
    status: statusOf(lastSeen.getTime(), row.interval_s, now, thresholds)
  }
}

/** Tells two bodies under one report id apart. Schemas don't count: a report that is sent again may leave them out. */
export function digestOf (report: IncomingReport, { facts, failures }: Pick<FactsRow, 'facts' | 'failures'> = jsonOf(report)): string {
  const { schemas: _schemas, facts: _facts, failures: _failures, ...rest } = report
  return hash('sha256', `${JSON.stringify(rest)}\n${facts}\n${failures}`, 'base64url')
}

function jsonOf ({ facts = {}, failures = [] }: IncomingReport): Pick<FactsRow, 'facts' | 'failures'> {
  return { facts: JSON.stringify(facts), failures: JSON.stringify(failures) }
}

function cutOrNull (text: string | null | undefined): string | null {
  return text ? cut(text, 100) : null
}

/** By code point, as the original cuts, so that no character is halved. */
function cut (text: string, length: number): string {
  return text.length <= length ? text : Array.from(text).slice(0, length).join('')
}

function instant (text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
