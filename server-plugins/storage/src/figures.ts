import type { MachineFilter, MachineStore, Summary, SummaryQuery } from '@tatuscan/core'
import { keepFigures, keptFrom, type FiguresOptions } from './kept-figures.ts'
import type { Database } from './open-database.ts'
import { writeCursor, type Order } from './roster/cursor.ts'
import { factColumns } from './roster/facts.ts'
import { hostnamePage, walked } from './roster/hostname-page.ts'
import type { RosterKeeper } from './roster/keeper.ts'
import { matcher, type Moment } from './roster/matcher.ts'
import type { Roster } from './roster/roster.ts'
import { countMatching, sampledShare, selectKept, selectPage, type Selection } from './roster/select-page.ts'
import { summarise } from './roster/summarise.ts'
import { tally } from './roster/tally.ts'
import type { StatusThresholds } from './status.ts'
import { reading } from './transactions.ts'

type PageOrder = Order & { readonly limit: number, readonly cursor?: string }

export interface Figures extends Pick<MachineStore, 'summary' | 'tally'> {
  /** @param maxAgeS how old the selection may be, in seconds */
  select (filter: MachineFilter, order: PageOrder, maxAgeS: number): Promise<Selection>
}

/** What is counted and selected from the roster; kept for as long as is asked for where there are many machines. */
export function createFigures (
  { database, roster, thresholds }: { database: Database, roster: RosterKeeper, thresholds: StatusThresholds }, { from = keptFrom, ...options }: FiguresOptions = {}
): Figures {
  const figures = keepFigures(() => roster.size, { from, ...options })

  async function look<Result> (facts: readonly string[], body: (fresh: Roster, moment: Moment) => Promise<Result>): Promise<Result> {
    return await reading(database, async () => await roster.read(facts, async (fresh) => await body(fresh, { now: Date.now(), thresholds })), () => roster.progress)
  }

  async function summary ({ max_age_s: maxAge = 0, ...filter }: SummaryQuery = {}): Promise<Summary> {
    return await figures.read(['summary', filter], maxAge, async () => await look(factColumns(filter), async (fresh, moment) => await summarise(fresh, filter, moment)))
  }

  /** How many machines match, where a figure that is kept tells it. */
  async function knownCount (fresh: Roster, filter: MachineFilter, maxAge: number): Promise<number | undefined> {
    const asked = askedOf(filter)
    if (asked.length === 0) return fresh.count
    const { os, os_version: version, status } = filter
    if (maxAge === 0 || asked.length > 1 || (os ?? version ?? status) === undefined) return undefined
    const all = await summary({ max_age_s: maxAge })
    if (status !== undefined) return all.status[status]
    const groups = os === undefined ? all.os_version : all.os
    return groups.find(({ value }) => value === (os ?? (version || null)))?.count ?? 0
  }

  /** By hostname, where the database has them in order and enough of them match; undefined elsewhere. */
  async function selectByHostname (fresh: Roster, filter: MachineFilter, { sort, dir, limit, cursor }: PageOrder, moment: Moment, maxAge: number): Promise<Selection | undefined> {
    if (fresh.count < from || sort !== 'hostname' || dir !== 'asc' || (filter.q ?? '') !== '') return undefined
    const matches = matcher(fresh, filter, moment)
    const known = await knownCount(fresh, filter, maxAge)
    if ((known === undefined ? sampledShare(fresh, matches) : known / fresh.count) * walked < limit) return undefined
    const found = await hostnamePage(database.db, {
      limit,
      ...cursor !== undefined && { cursor },
      matches: (id) => {
        const slot = fresh.ids.find(id)
        return slot !== -1 && matches.holds(slot)
      }
    })
    if (found === undefined) return undefined
    const count = known ?? await figures.read(['count', filter], maxAge, async () => await countMatching(fresh, filter, moment))
    const shown = found.slice(0, limit)
    const last = shown.at(-1)
    return {
      ids: shown.map(({ machine_id }) => machine_id),
      count,
      ...found.length > limit && last !== undefined && { next: writeCursor({ sort, dir }, last.hostname, last.machine_id) },
      as_of: new Date(moment.now)
    }
  }

  return {
    summary,
    async tally (by, { max_age_s: maxAge = 0, top = 10, bins = 12, bounds, ...filter } = {}) {
      const options = { top, bins, ...bounds !== undefined && { bounds }, filter }
      return await figures.read(['tally', by, options], maxAge, async () => await look(factColumns(filter, by), async (fresh, moment) => await tally(fresh, by, options, moment)))
    },
    async select (filter, order, maxAge) {
      return await figures.read(['select', filter, order], maxAge, async () => await look(factColumns(filter, order.sort), async (fresh, moment) => {
        const found = await selectByHostname(fresh, filter, order, moment, maxAge)
        if (found !== undefined) return found
        const keeps = fresh.count >= from && askedOf(filter).length === 0
        if (keeps) await fresh.orders.sorted(order)
        return (keeps ? selectKept(fresh, order, moment) : undefined) ?? await selectPage(fresh, filter, order, moment)
      }))
    }
  }
}

/** What a filter asks for, by name. */
function askedOf (filter: MachineFilter): string[] {
  const isAsked = (name: string, value: unknown): boolean => {
    if (typeof value === 'object' && !(value instanceof Date)) return Object.keys(value ?? {}).length > 0
    return value !== undefined && !(name === 'q' && value === '')
  }
  return Object.entries(filter).filter(([name, value]) => isAsked(name, value)).map(([name]) => name)
}
