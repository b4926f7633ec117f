import type { TSchema } from 'typebox'
import type { Failure, FactsByCollector, Report } from './report.ts'

/** How lively a machine is, by `last_seen` in multiples of its own interval. */
export const machineStatuses = ['online', 'late', 'stale', 'lost'] as const
/** How lively a machine is. */
export type MachineStatus = typeof machineStatuses[number]

/** The columns by which a listing can be sorted. */
export const sortKeys = [
  'hostname', 'machine_id', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'computer_model',
  'computer_activation', 'activation_days', 'created_at', 'updated_at', 'last_seen', 'agent_version'
] as const
/** A column by which a listing can be sorted. */
export type SortKey = typeof sortKeys[number]

/** A fact by its place: `facts.<collector>.<path>`, the keys of the path joined by dots. */
export type FactKey = `facts.${string}`

/** The numbers of a machine that can be asked for by range. `age` is in months, since `computer_activation`; before that day it is 0. */
export const numberFields = ['cpu_percent', 'memory_total_mb', 'memory_used_mb', 'activation_days', 'age'] as const
/** One of {@link numberFields}. */
export type NumberField = typeof numberFields[number]

/** What machines can be counted by, beside any fact. A machine may fail with many collectors, and counts for each. */
export const tallyFields = ['status', 'os', 'os_version', 'agent_version', 'computer_model', 'failing', ...numberFields] as const
/** One of {@link tallyFields}. */
export type TallyField = typeof tallyFields[number]

/** What a report may say as it comes in: the nine fields or more, and what the original also took. */
export type IncomingReport =
  & Pick<Report, 'machine_id' | 'hostname' | 'ip' | 'os' | 'cpu_percent' | 'memory_total_mb'>
  & Partial<Omit<Report, 'machine_id' | 'hostname' | 'ip' | 'os' | 'cpu_percent' | 'memory_total_mb' | 'timestamp'>>
  & Partial<MachineChanges> & {
    timestamp?: string
    /** Whether the client that sent it had no key; what takes it in says so, never the body. */
    unverified?: boolean
  }

/** What people may set on a machine. */
export interface MachineChanges {
  computer_model: string | null
  /** When the computer was put to use. */
  computer_activation: Date | null
  /** Days since then, where somebody counted them by hand. */
  activation_days: number | null
}

/** A machine as it is kept. Times are instants; null means unknown. */
export interface Machine extends MachineChanges {
  machine_id: string
  hostname: string
  ip: string | null
  os: string
  os_version: string | null
  cpu_percent: number | null
  memory_total_mb: number | null
  memory_used_mb: number | null
  /** When it was first seen. */
  created_at: Date
  /** When anything about it last changed, by a report or by hand; null until then. */
  updated_at: Date | null
  /** When it last reported, by the server's clock. */
  last_seen: Date
  status: MachineStatus
  agent_version: string | null
  interval_s: number | null
  /** How far the agent's clock was ahead of the server's when its newest report came, in seconds; null where it told no ISO 8601 with offset. */
  clock_offset_s: number | null
  /** The two that take turns in reporting under this id, as `hostname (ip)`: copies of one disk image, say. Null where one alone reports. */
  duplicate: [string, string] | null
  /** Whether a client without a key reported last, as those of the original do: nobody knows whether it is this machine. */
  unverified: boolean
  facts?: FactsByCollector
  failures?: Failure[]
}

/** What became of a report. */
export interface Saved {
  /**
   * `created`: first of its machine; `updated`: newer than what was known; `known`: the same or an older one, nothing
   * changed; `conflict`: its id came before with another body, nothing changed.
   */
  readonly outcome: 'created' | 'updated' | 'known' | 'conflict'
  readonly machine: Machine
  /** The newest report id of this machine, from which an agent that lost its state continues; a report without one leaves it as it was. */
  readonly newest_report_id: string | null
}

/** Which machines are meant; all fields together. */
export interface MachineFilter {
  /** Looked for in hostname, ip, os_version and machine_id; ASCII case is ignored. */
  readonly q?: string
  readonly os?: string
  /** Empty: those whose version is unknown. */
  readonly os_version?: string
  readonly status?: MachineStatus
  /**
   * Text by `<collector>.<path>`, the keys of the path joined by dots: machines whose fact reads so (a number in its
   * shortest form, `true`, `false`), or, where it is a list, that hold one that does. Empty: unknown.
   */
  readonly facts?: Readonly<Record<string, string>>
  /** A collector that failed in the newest report. Empty: any. */
  readonly failing?: string
  /** Whether two take turns in reporting under its id. */
  readonly duplicate?: boolean
  /** First seen at this instant or later. */
  readonly created_since?: Date
  /** First seen before this instant. */
  readonly created_before?: Date
  /**
   * Machines whose number lies in the range, or, where a fact is a list, that hold one that does. Null: machines of which
   * the field is unknown, or the fact is.
   */
  readonly ranges?: Readonly<Partial<Record<NumberField | FactKey, NumberRange | null>>>
  /**
   * Machines whose field, or fact, reads none of these texts, or, where it is a list, that hold one that reads none of
   * them: what is left beside the largest groups. The empty text stands for what is unknown.
   */
  readonly except?: Readonly<Partial<Record<GroupField | FactKey, readonly string[]>>>
}

/** The fields by which machines fall into groups. */
export const groupFields = ['os', 'os_version'] as const

/** One of {@link groupFields}. */
export type GroupField = typeof groupFields[number]

/** From `min` up to, but not with, `below`; open where one is left out. */
export interface NumberRange {
  readonly min?: number
  readonly below?: number
}

/** Which machines, in which order, and how many of them. */
export interface MachineQuery extends MachineFilter {
  /** At most this many, 1 to 1000. @default 1000 */
  readonly limit?: number
  /** Where the page before this one ended: its `next`. */
  readonly cursor?: string
  /**
   * Of a fact's values numbers come before text, of which the first 200 characters go by code point; `true` and `false` are
   * text here, lists and objects their JSON. @default 'hostname'
   */
  readonly sort?: SortKey | FactKey
  /** Text goes by code point; unknown sorts last both ways; ties go by machine_id, upwards. @default 'asc' */
  readonly dir?: 'asc' | 'desc'
  readonly include?: readonly ('facts' | 'failures')[]
  /**
   * How old the choice of machines may be, and their count, in seconds: where there are many machines, a store may keep it
   * for so long. What is told of each machine is as it stands. @default 0
   */
  readonly max_age_s?: number
}

/** A page of machines. */
export interface MachinePage {
  readonly machines: Machine[]
  /** When they were chosen and counted, where that may have been before. */
  readonly as_of?: Date
  /** How many machines match, whatever the page holds. */
  readonly count: number
  /** The cursor of the next page, where there is more. */
  readonly next?: string
}

/** Machines in each group, the largest group first. */
export interface Group {
  readonly value: string | null
  readonly count: number
}

/** How many machines there are, by what they have in common. */
export interface Summary {
  /** When it was counted. */
  readonly as_of: Date
  readonly total: number
  readonly status: Record<MachineStatus, number>
  readonly os: readonly Group[]
  readonly os_version: readonly Group[]
  /**
   * Months since `computer_activation`, in the original's bands and their order, the empty ones too: `0–12`, `12–36`,
   * `36–60`, `60–120`, `>120`; null, the unknown, comes last where there is any. {@link ageBands} has their ranges.
   */
  readonly age: readonly Group[]
  readonly age_months: { readonly minimum: number | null, readonly average: number | null, readonly maximum: number | null }
  readonly memory: { readonly minimum_mb: number | null, readonly average_mb: number | null, readonly maximum_mb: number | null }
  /** Machines first seen within the last day, week and 30 days. */
  readonly fresh: { readonly day: number, readonly week: number, readonly month: number }
  /** Machines under whose id two take turns in reporting. */
  readonly duplicates: number
  /** Machines of which at least one collector failed in the newest report. */
  readonly failing_total: number
  /** Collectors that failed so, the one that fails most first. */
  readonly failing: readonly FailingCollector[]
}

/** A collector that fails on some machines. */
export interface FailingCollector {
  readonly collector: string
  /** How many machines it fails on. */
  readonly count: number
  /** Since when it fails, without a report between in which it did not, where that is longest. */
  readonly since: Date
}

/** Which machines a summary is of. */
export interface SummaryQuery extends MachineFilter {
  /**
   * How old the figures may be, in seconds: where there are many machines, a store may keep what it has counted for so
   * long. @default 0
   */
  readonly max_age_s?: number
}

/** Which machines are counted, and into how many groups or bins. */
export interface TallyQuery extends SummaryQuery {
  /** How many groups are told one by one, 1 to 1000. @default 10 */
  readonly top?: number
  /** At most how many bins numbers are put in, 2 to 100. @default 12 */
  readonly bins?: number
  /** Where bins begin and end, upwards, instead of what the store finds good. */
  readonly bounds?: readonly number[]
}

/** Machines counted by a field or a fact. Each figure is the count of a listing: of its value, of its range, of the unknown. */
export interface Tally {
  /** When it was counted. */
  readonly as_of: Date
  /** How many machines match the filter. */
  readonly total: number
  /** Of how many of them it is unknown. */
  readonly unknown: number
  /**
   * The values that most machines have, as text, known ones alone: the most frequent first, then by code point. Of a list
   * every value counts, once a machine; objects don't count.
   */
  readonly groups: readonly (Group & { readonly value: string })[]
  /** What `groups` leaves out: how many values, and their counts added up. */
  readonly rest: { readonly values: number, readonly count: number }
  /** Where every value that counts is a number; null where one is not, or there is none. */
  readonly numbers: Numbers | null
}

/** How numbers are spread. */
export interface Numbers {
  readonly minimum: number
  /** To 12 digits. */
  readonly average: number
  readonly maximum: number
  /** Side by side, upwards, the empty ones between them too. */
  readonly bins: readonly Bin[]
}

/** Machines whose number is `min` or more, and less than `below`; null where there is no bound. */
export interface Bin {
  readonly min: number | null
  readonly below: number | null
  readonly count: number
}

/** A collector that agents told of. */
export interface KnownCollector {
  readonly name: string
  /** The newest schema that an agent sent. */
  readonly schema: TSchema
  /** Since when it is that one. */
  readonly updated_at: Date
}

/**
 * Where machines are kept: what a server finds as `app.machines`. A method rejects with TATUSCAN_STORE_UNAVAILABLE
 * where the database can't be reached.
 */
export interface MachineStore {
  /**
   * Keeps a report. Resolves once it is on disk; whatever is read after that knows it. Reports apply in the order of the
   * calls. Text is cut by character, ip to 45, agent_version to 64, and hostname, os, os_version and computer_model to 100;
   * empty text is unknown where a value may be.
   */
  save (report: IncomingReport): Promise<Saved>
  /** One machine, with its facts and failures. */
  find (machineId: string): Promise<Machine | undefined>
  /** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST for a cursor that is none of this query's */
  list (query?: MachineQuery): Promise<MachinePage>
  /**
   * All machines that match, in order, in portions, so that memory stays flat however many there are. Under keys that don't
   * change, those that are there all the while come exactly once.
   */
  stream (query?: Omit<MachineQuery, 'limit' | 'cursor' | 'max_age_s'>): AsyncIterable<Machine[]>
  /** Sets what people may set; moves `updated_at`, not `last_seen`. Undefined: no such machine. */
  update (machineId: string, changes: Partial<MachineChanges>): Promise<Machine | undefined>
  /** Forgets a machine. False: no such machine. */
  remove (machineId: string): Promise<boolean>
  summary (query?: SummaryQuery): Promise<Summary>
  /** Counts machines by a field or a fact; what is neither is unknown of every machine. */
  tally (by: TallyField | FactKey, query?: TallyQuery): Promise<Tally>
  /** By name. */
  collectors (): Promise<KnownCollector[]>
  /** Rejects where the database does not answer. */
  ping (): Promise<void>
  /** The reports that are accepted and not yet on disk, and how long the first of them has waited, in milliseconds. */
  waiting? (): { readonly reports: number, readonly oldestMs: number }
  /** Has each batch of reports told, once it is on disk or is given up. */
  onBatch? (listener: (batch: SavedBatch) => void): void
}

/** What became of reports that were saved together. */
export interface SavedBatch {
  readonly reports: number
  /** How long it took, in milliseconds. */
  readonly ms: number
  /** What became of each report; undefined where nothing was written. */
  readonly outcomes: readonly Saved['outcome'][] | undefined
}
