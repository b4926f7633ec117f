import { hash } from 'node:crypto'
import { duplicateOf, nextTurns, parseInstant, parseJson, sourceOf, type Failure, type IncomingReport, type Machine, type MachineChanges, type Turns } from '@tatuscan/core'
import type { CredentialTables } from './credentials/rows.ts'
import { defaultIntervalS, statusOf, type StatusThresholds } from './status.ts'

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
  /** JSON of {@link StoredFailure}s; null where nothing failed. */
  failures: string | null
  /** A digest of each collector's facts, `cpu:… memory:…`; null where the newest report told none. */
  fact_digests: string | null
  clock_offset_s: number | null
  /** Who else reports under this id, as JSON of core's Turns; null where nobody does. */
  turns: string | null
  /** 1 where a client without a key reported last; null elsewhere. */
  unverified: number | null
}

/** A row of `machine_facts`: one collector's facts of a machine, as JSON. */
export interface FactsRow {
  collector: string
  machine_id: string
  facts: string
}

/** A row of `collectors`: the schema is JSON. */
export interface CollectorRow {
  name: string
  json_schema: string
  updated_at: string
}

/** One row: counted up by every transaction that writes. */
export interface ClockRow {
  seq: number
}

/** Which machines the transaction of this number touched: their ids with a space between. */
export interface ChangesRow {
  seq: number
  machine_ids: string
}

export interface Tables extends CredentialTables {
  inventory: InventoryRow
  machine_facts: FactsRow
  collectors: CollectorRow
  machine_clock: ClockRow
  machine_changes: ChangesRow
}

/** What a report makes of its machine: the row, and the facts that are other than before. */
export interface ReportRows {
  readonly inventory: InventoryRow
  readonly facts: readonly FactsRow[]
  /** The collectors that told facts before and tell none now. */
  readonly silent: readonly string[]
}

/** The rows that a report makes. `before` is what is known of its machine, `now` when it came. Long text is cut to its column, by character. */
export function rowsOf (report: IncomingReport, before: InventoryRow | undefined, now: Date): ReportRows {
  const { machine_id, failures } = report
  const source = { hostname: cut(report.hostname, 100), ip: cutOrNull(report.ip, 45) }
  const told = report.facts !== undefined || failures !== undefined
  const facts = jsonOf(report)
  const known = readDigests(before?.fact_digests ?? null)
  const seen = now.toISOString()
  const failed = failures === undefined || failures.length === 0 ? null : JSON.stringify(failuresSince(failures, before, seen))
  return {
    inventory: {
      machine_id,
      ...source,
      os: cut(report.os, 100),
      os_version: cutOrNull(report.os_version, 100),
      cpu_percent: report.cpu_percent,
      memory_total_mb: report.memory_total_mb,
      memory_used_mb: report.memory_used_mb ?? null,
      ...changesOf(report, before),
      created_at: before?.created_at ?? seen,
      updated_at: before === undefined ? null : seen,
      last_seen: seen,
      agent_version: cutOrNull(report.agent_version, 64),
      interval_s: report.interval_s ?? null,
      // A report without an id leaves the newest one known, so that an older report that is sent late stays an older one
      report_id: report.report_id ?? before?.report_id ?? null,
      report_digest: report.report_id === undefined ? before?.report_digest ?? null : digestOf(report, facts),
      failures: failed,
      fact_digests: told ? facts.map(({ collector, digest }) => `${collector}:${digest}`).join(' ') : null,
      clock_offset_s: clockOffset(report.timestamp, now),
      turns: before === undefined ? null : turnsOf(source, before, report.interval_s, now),
      unverified: report.unverified === true ? 1 : null
    },
    facts: facts.filter(({ collector, digest }) => known.get(collector) !== digest).map(({ collector, json }) => ({ collector, machine_id, facts: json })),
    silent: [...known.keys()].filter((collector) => report.facts === undefined || !Object.hasOwn(report.facts, collector))
  }
}

function turnsOf (source: Pick<InventoryRow, 'hostname' | 'ip'>, before: InventoryRow, intervalS: number = defaultIntervalS, now: Date): string | null {
  if (before.turns === null && source.hostname === before.hostname && source.ip === before.ip) return null // nearly always
  const turns = nextTurns({ source: sourceOf(before), at: Date.parse(before.last_seen), turns: readTurns(before) }, { source: sourceOf(source), now: now.getTime(), intervalS })
  return turns === null ? null : JSON.stringify(turns)
}

export function readTurns ({ turns }: Pick<InventoryRow, 'turns'>): Turns | null {
  return turns === null ? null : parseJson(turns) as Turns
}

/** The digests of a machine's facts, by collector. */
export function readDigests (digests: string | null): Map<string, string> {
  return new Map(digests === null || digests === '' ? [] : digests.split(' ').map((pair) => pair.split(':') as [string, string]))
}

/** Seconds; null where the report tells no point in time: ISO 8601 with an offset, since without one nobody knows which is meant. */
function clockOffset (timestamp: string | undefined, now: Date): number | null {
  const told = timestamp !== undefined && /(Z|[+-]\d{2}:?\d{2})$/i.test(timestamp) ? parseInstant(timestamp, 'UTC') : undefined
  return told === undefined ? null : Math.round((told.getTime() - now.getTime()) / 1000) + 0 // never -0, which no database keeps
}

/** The three columns that people set: as given, else as they were. */
export function changesOf (changes: Partial<MachineChanges>, before: InventoryRow | undefined): Pick<InventoryRow, keyof MachineChanges> {
  const { computer_model: model, computer_activation: activation, activation_days: days } = changes
  return {
    computer_model: model === undefined ? before?.computer_model ?? null : cutOrNull(model, 100),
    computer_activation: activation === undefined ? before?.computer_activation ?? null : activation?.toISOString() ?? null,
    activation_days: days === undefined ? before?.activation_days ?? null : days
  }
}

export function machineOf (row: InventoryRow, thresholds: StatusThresholds, now: number = Date.now()): Machine {
  const { report_id: _id, report_digest: _digest, failures: _failures, fact_digests: _digests, turns: _turns, ...told } = row
  const lastSeen = new Date(row.last_seen)
  return {
    ...told,
    computer_activation: instant(row.computer_activation),
    created_at: new Date(row.created_at),
    updated_at: instant(row.updated_at),
    last_seen: lastSeen,
    duplicate: duplicateOf(sourceOf(row), readTurns(row)),
    unverified: row.unverified !== null,
    status: statusOf(lastSeen.getTime(), row.interval_s, now, thresholds)
  }
}

/** A failure, and since when its collector fails, as ISO 8601 in UTC. */
export type StoredFailure = Failure & { readonly failing_since?: string }

/** @param row those of an earlier version don't tell since when; its last report is the earliest that is known */
export function storedFailures ({ failures, last_seen }: Pick<InventoryRow, 'failures' | 'last_seen'>): Required<StoredFailure>[] {
  return failures === null ? [] : (parseJson(failures) as StoredFailure[]).map((failure) => ({ failing_since: last_seen, ...failure }))
}

/** Failures with the time since which each collector has failed in every report. */
function failuresSince (failures: readonly Failure[], before: InventoryRow | undefined, seen: string): StoredFailure[] {
  const known = new Map(before === undefined ? [] : storedFailures(before).map(({ collector, failing_since }) => [collector, failing_since]))
  return failures.map((failure) => ({ ...failure, failing_since: known.get(failure.collector) ?? seen }))
}

export function failuresOf (row: InventoryRow): Failure[] {
  return storedFailures(row).map(({ failing_since: _, ...failure }) => failure)
}

/** Tells two bodies under one report id apart. Schemas don't count: a report that is sent again may leave them out; nor does who sent it. */
export function digestOf (report: IncomingReport, facts: readonly CollectorJson[] = jsonOf(report), failures: string = JSON.stringify(report.failures ?? [])): string {
  const { schemas: _schemas, facts: _facts, failures: _failures, unverified: _unverified, ...rest } = report
  return hash('sha256', `${JSON.stringify(rest)}\n${facts.map(({ collector, digest }) => collector + digest).join()}\n${failures}`, 'base64url')
}

interface CollectorJson { readonly collector: string, readonly json: string, readonly digest: string }

function jsonOf ({ facts }: IncomingReport): CollectorJson[] {
  return facts === undefined
    ? []
    : Object.entries(facts).map(([collector, values]) => {
      const json = JSON.stringify(values)
      return { collector, json, digest: hash('sha256', json, 'base64url').slice(0, 16) }
    })
}

function cutOrNull (text: string | null | undefined, length: number): string | null {
  return text ? cut(text, length) : null
}

/** By code point, as the original cuts, so that no character is halved. */
export function cut (text: string, length: number): string {
  return text.length <= length ? text : Array.from(text).slice(0, length).join('')
}

function instant (text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
