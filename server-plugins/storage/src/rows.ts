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

/** One collector's facts of a machine as a report tells them; without any they are no more. */
export type ToldFacts = FactsRow | Omit<FactsRow, 'facts'>

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
  /** Whether the facts that are other than before have rows already, and none is to be removed. */
  readonly overwrites: boolean
}

/** When a report came. */
export interface Arrival {
  /** In milliseconds since 1970. */
  readonly at: number
  /** As ISO 8601 in UTC. */
  readonly text: string
}

const none: readonly never[] = []

/** The rows that a report makes. `before` is what is known of its machine. Long text is cut to its column, by character. */
export function rowsOf (report: IncomingReport, before: InventoryRow | undefined, now: Arrival): ReportRows {
  const { machine_id, failures } = report
  const hostname = same(cut(report.hostname, 100), before?.hostname)
  const ip = same(cutOrNull(report.ip, 45), before?.ip)
  const facts = jsonOf(report)
  const inventory: InventoryRow = { // by name, and no spread: this is done for every report
    machine_id: same(machine_id, before?.machine_id), // maps find the very same text at once
    hostname,
    ip,
    os: same(cut(report.os, 100), before?.os),
    os_version: same(cutOrNull(report.os_version, 100), before?.os_version),
    cpu_percent: report.cpu_percent,
    memory_total_mb: report.memory_total_mb,
    memory_used_mb: report.memory_used_mb ?? null,
    computer_model: modelOf(report, before),
    computer_activation: activationOf(report, before),
    activation_days: activationDaysOf(report, before),
    created_at: before === undefined ? now.text : before.created_at,
    updated_at: before === undefined ? null : now.text,
    last_seen: now.text,
    agent_version: same(cutOrNull(report.agent_version, 64), before?.agent_version),
    interval_s: report.interval_s ?? null,
    // A report without an id leaves the newest one known, so that an older report that is sent late stays an older one
    report_id: report.report_id ?? before?.report_id ?? null,
    report_digest: report.report_id === undefined ? before?.report_digest ?? null : digestOf(report, facts),
    failures: failures === undefined || failures.length === 0 ? null : JSON.stringify(failuresSince(failures, before, now.text)),
    fact_digests: report.facts !== undefined || failures !== undefined ? facts.map(({ collector, digest }) => `${collector}:${digest}`).join(' ') : null,
    clock_offset_s: clockOffset(report.timestamp, now.at),
    turns: before === undefined ? null : turnsOf(hostname, ip, before, report.interval_s, now.at),
    unverified: report.unverified === true ? 1 : null
  }
  const digests = before?.fact_digests ?? null
  if (inventory.fact_digests === digests) return { inventory, facts: none, silent: none, overwrites: true }
  const known = ` ${digests ?? ''}` // is searched as text: most collectors tell what they told before
  const other = facts.filter(({ collector, digest }) => !known.includes(` ${collector}:${digest}`))
  const old = other.filter(({ collector }) => known.includes(` ${collector}:`)).length
  const tellAgain = facts.length - other.length + old
  const silent = known.split(':').length - 1 === tellAgain ? none : [...readDigests(digests).keys()].filter((collector) => report.facts === undefined || !Object.hasOwn(report.facts, collector))
  return {
    inventory,
    facts: other.map(({ collector, json }) => ({ collector, machine_id, facts: json })),
    silent,
    overwrites: silent.length === 0 && old === other.length
  }
}

/** The text that is known already where it is the same: to keep it costs nothing, and to compare the two later next to nothing. */
function same<Text extends string | null> (text: Text, known: Text | undefined): Text {
  return text === known ? known : text
}

function turnsOf (hostname: string, ip: string | null, before: InventoryRow, intervalS: number = defaultIntervalS, now: number): string | null {
  if (before.turns === null && hostname === before.hostname && ip === before.ip) return null // nearly always
  const turns = nextTurns({ source: sourceOf(before), at: Date.parse(before.last_seen), turns: readTurns(before) }, { source: sourceOf({ hostname, ip }), now, intervalS })
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
function clockOffset (timestamp: string | undefined, now: number): number | null {
  const told = timestamp !== undefined && (timestamp.endsWith('Z') || /(z|[+-]\d{2}:?\d{2})$/.test(timestamp)) ? parseInstant(timestamp, 'UTC') : undefined
  return told === undefined ? null : Math.round((told.getTime() - now) / 1000) + 0 // never -0, which no database keeps
}

/** The three columns that people set: as given, else as they were. */
export function changesOf (changes: Partial<MachineChanges>, before: InventoryRow | undefined): Pick<InventoryRow, keyof MachineChanges> {
  return { computer_model: modelOf(changes, before), computer_activation: activationOf(changes, before), activation_days: activationDaysOf(changes, before) }
}

function modelOf ({ computer_model: model }: Partial<MachineChanges>, before: InventoryRow | undefined): string | null {
  return model === undefined ? before?.computer_model ?? null : cutOrNull(model, 100)
}

function activationOf ({ computer_activation: activation }: Partial<MachineChanges>, before: InventoryRow | undefined): string | null {
  return activation === undefined ? before?.computer_activation ?? null : activation?.toISOString() ?? null
}

function activationDaysOf ({ activation_days: days }: Partial<MachineChanges>, before: InventoryRow | undefined): number | null {
  return days === undefined ? before?.activation_days ?? null : days
}

let lastSeen = { text: '', at: NaN }

/** When a machine was seen, in milliseconds since 1970. Machines of one transaction were seen at the same instant, so it is read once. */
export function seenAt (text: string): number {
  if (lastSeen.text !== text) lastSeen = { text, at: Date.parse(text) }
  return lastSeen.at
}

export function machineOf (row: InventoryRow, thresholds: StatusThresholds, now: number = Date.now()): Machine {
  const seen = seenAt(row.last_seen)
  return {
    machine_id: row.machine_id,
    hostname: row.hostname,
    ip: row.ip,
    os: row.os,
    os_version: row.os_version,
    cpu_percent: row.cpu_percent,
    memory_total_mb: row.memory_total_mb,
    memory_used_mb: row.memory_used_mb,
    computer_model: row.computer_model,
    computer_activation: instant(row.computer_activation),
    activation_days: row.activation_days,
    created_at: new Date(row.created_at),
    updated_at: row.updated_at === null ? null : new Date(seenAt(row.updated_at)),
    last_seen: new Date(seen),
    agent_version: row.agent_version,
    interval_s: row.interval_s,
    clock_offset_s: row.clock_offset_s,
    duplicate: row.turns === null ? null : duplicateOf(sourceOf(row), readTurns(row)),
    unverified: row.unverified !== null,
    status: statusOf(seen, row.interval_s, now, thresholds)
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

function jsonOf ({ facts }: IncomingReport): readonly CollectorJson[] {
  return facts === undefined
    ? none
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
