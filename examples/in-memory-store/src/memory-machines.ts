import { isDeepStrictEqual } from 'node:util'
import {
  duplicateOf, nextTurns, parseInstant, sourceOf,
  type IncomingReport, type KnownCollector, type Machine, type MachineChanges, type MachineQuery, type MachineStore, type Saved, type Turns
} from '@tatuscan/core'
import { matcher } from './matcher.ts'
import { orderOf, placeOf, readCursor, writeCursor } from './order.ts'
import { statusOf } from './status.ts'
import { summarise } from './summarise.ts'
import { tally } from './tally.ts'

/** What is kept of a machine. It is replaced when something changes, never changed. */
interface Kept {
  readonly machine: Required<Omit<Machine, 'status' | 'duplicate'>>
  readonly turns: Turns | null
  /** Since when each collector that fails does so in every report. */
  readonly failingSince: ReadonlyMap<string, Date>
  readonly newest_report_id: string | null
  /** The body that came under the newest id, by which another one is told apart. */
  readonly body: string
}

/** `app.machines` in memory: gone with the process, and one server's alone. */
export function createMemoryMachines (): MachineStore {
  const kept = new Map<string, Kept>()
  const collectors = new Map<string, KnownCollector>()

  /** The machines that match, in order. */
  function select ({ sort = 'hostname', dir = 'asc', include: _, ...filter }: Omit<MachineQuery, 'limit' | 'cursor' | 'max_age_s'>, now = Date.now()): Required<Machine>[] {
    const all = [...kept.values()].map((one) => whole(one, now))
    return all.filter(matcher(filter, now)).sort((a, b) => orderOf({ sort, dir })(placeOf(a, { sort, dir }), placeOf(b, { sort, dir })))
  }

  return {
    async save (report) {
      const known = kept.get(report.machine_id)
      const outcome = outcomeOf(report, known)
      if (outcome === 'created' || outcome === 'updated') {
        kept.set(report.machine_id, keep(structuredClone(report), known))
        for (const [name, schema] of Object.entries(report.schemas ?? {})) {
          if (!isDeepStrictEqual(collectors.get(name)?.schema, schema)) collectors.set(name, { name, schema: structuredClone(schema), updated_at: new Date() })
        }
      }
      const saved = kept.get(report.machine_id)!
      return { outcome, machine: shown(whole(saved)), newest_report_id: saved.newest_report_id }
    },
    async find (id) {
      const found = kept.get(id)
      return found && shown(whole(found), ['facts', 'failures'])
    },
    async list ({ limit = 1000, cursor, max_age_s: _, ...query } = {}) {
      const { sort = 'hostname', dir = 'asc', include } = query
      const found = select(query)
      const after = cursor === undefined ? undefined : readCursor(cursor, { sort, dir })
      const rest = after === undefined ? found : found.filter((machine) => orderOf({ sort, dir })(placeOf(machine, { sort, dir }), after) > 0)
      const page = rest.slice(0, limit)
      return {
        machines: page.map((machine) => shown(machine, include)),
        count: found.length,
        ...rest.length > limit && { next: writeCursor(placeOf(page.at(-1)!, { sort, dir }), { sort, dir }) }
      }
    },
    async * stream (query = {}) {
      const found = select(query)
      for (let start = 0; start < found.length; start += 1000) yield found.slice(start, start + 1000).map((machine) => shown(machine, query.include))
    },
    async update (id, changes) {
      const known = kept.get(id)
      if (known === undefined) return undefined
      const machine = { ...known.machine, ...changesOf(changes, known), updated_at: new Date() }
      const changed = { ...known, machine }
      kept.set(id, changed)
      return shown(whole(changed))
    },
    remove: async (id) => kept.delete(id),
    async summary ({ max_age_s: _, ...filter } = {}) {
      const now = Date.now()
      return summarise(select(filter, now), ({ machine_id }, collector) => kept.get(machine_id)!.failingSince.get(collector)!, now)
    },
    async tally (by, { max_age_s: _, top, bins, bounds, ...filter } = {}) {
      const now = Date.now()
      return tally(select(filter, now), by, { ...top !== undefined && { top }, ...bins !== undefined && { bins }, ...bounds !== undefined && { bounds } }, now)
    },
    collectors: async () => structuredClone([...collectors.values()].sort((a, b) => a.name < b.name ? -1 : 1)),
    ping: async () => {}
  }
}

/** Newer replaces; the same again, or older, changes nothing. Reports without id go by arrival. */
function outcomeOf (report: IncomingReport, known: Kept | undefined): Saved['outcome'] {
  if (known === undefined) return 'created'
  if (report.report_id === undefined || known.newest_report_id === null || report.report_id > known.newest_report_id) return 'updated'
  return report.report_id === known.newest_report_id && bodyOf(report) !== known.body ? 'conflict' : 'known'
}

/** Schemas don't count: a report that is sent again may leave them out; nor does who sent it. */
function bodyOf ({ schemas: _, unverified: _unverified, ...report }: IncomingReport): string {
  return JSON.stringify(report)
}

function keep (report: IncomingReport, known: Kept | undefined): Kept {
  const now = new Date()
  const hostname = cut(report.hostname, 100)
  const ip = cut(report.ip, 45) || null
  const told = /(Z|[+-]\d{2}:?\d{2})$/i.test(report.timestamp ?? '') ? parseInstant(report.timestamp!, 'UTC') : undefined
  return {
    machine: {
      machine_id: report.machine_id,
      hostname,
      ip,
      os: cut(report.os, 100),
      os_version: cut(report.os_version, 100) || null,
      cpu_percent: report.cpu_percent,
      memory_total_mb: report.memory_total_mb,
      memory_used_mb: report.memory_used_mb ?? null,
      ...changesOf(report, known),
      created_at: known?.machine.created_at ?? now,
      updated_at: known === undefined ? null : now,
      last_seen: now,
      agent_version: cut(report.agent_version, 64) || null,
      interval_s: report.interval_s ?? null,
      clock_offset_s: told === undefined ? null : Math.round((told.getTime() - now.getTime()) / 1000) + 0,
      unverified: report.unverified === true,
      facts: report.facts ?? {},
      failures: report.failures ?? []
    },
    turns: known === undefined
      ? null
      : nextTurns({ source: sourceOf(known.machine), at: known.machine.last_seen.getTime(), turns: known.turns }, {
        source: sourceOf({ hostname, ip }), now: now.getTime(), intervalS: report.interval_s ?? 60
      }),
    failingSince: new Map(report.failures?.map(({ collector }) => [collector, known?.failingSince.get(collector) ?? now])),
    newest_report_id: report.report_id ?? known?.newest_report_id ?? null,
    body: report.report_id === undefined ? known?.body ?? '' : bodyOf(report)
  }
}

/** What people set: as given, else as it was. */
function changesOf ({ computer_model, computer_activation, activation_days }: Partial<MachineChanges>, known: Kept | undefined): MachineChanges {
  const before = known?.machine
  return {
    computer_model: computer_model === undefined ? before?.computer_model ?? null : cut(computer_model, 100) || null,
    computer_activation: computer_activation === undefined ? before?.computer_activation ?? null : structuredClone(computer_activation),
    activation_days: activation_days === undefined ? before?.activation_days ?? null : activation_days
  }
}

/** So many characters as a database's column holds; by code point, so that none is halved. */
function cut (text: string | null | undefined, length: number): string {
  return Array.from(text ?? '').slice(0, length).join('')
}

/** A machine with what is worked out when it is asked for. */
function whole ({ machine, turns }: Kept, now = Date.now()): Required<Machine> {
  return { ...machine, status: statusOf(machine, now), duplicate: duplicateOf(sourceOf(machine), turns) }
}

/** A machine as it is handed out, the caller's own. */
function shown ({ facts, failures, ...machine }: Required<Machine>, include: MachineQuery['include'] = []): Machine {
  return structuredClone({
    ...machine,
    ...include.includes('facts') && { facts },
    ...include.includes('failures') && { failures }
  })
}
