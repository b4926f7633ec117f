import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '@tatuscan/core'
import type { Database } from '../open-database.ts'
import type { FactsRow, InventoryRow } from '../rows.ts'
import { readFacts, readInventory, readInstants, remembered } from '../statements.ts'
import { codedColumn } from './columns.ts'
import { factAt, indexedFacts, isCollector, readFactPath } from './facts.ts'
import { createRoster, rosterColumns, type Roster, type RosterRow } from './roster.ts'

/** What a transaction of this server wrote. */
export interface Written {
  readonly seq: number
  readonly changed: readonly InventoryRow[]
  readonly facts: readonly (FactsRow | Omit<FactsRow, 'facts'>)[]
  readonly removed?: readonly string[]
}

export interface RosterKeeper {
  /** How many machines there are, as far as is known. */
  readonly size: number
  /** Looks at the roster as the database stands now, whichever server wrote; with columns of these facts. */
  read<Result>(facts: readonly string[], look: (roster: Roster) => Promise<Result>): Promise<Result>
  /** Takes in what this server wrote, once it is committed. */
  note (written: Written): void
}

/** How many facts that no schema calls `indexed` keep their column, the latest that were asked for. */
const keptFacts = 12

/** Keeps a roster in step with the database: read when it is first wanted, then by what each transaction touched. */
export function keepRoster ({ db, dialect }: Database): RosterKeeper {
  let roster: Roster | undefined
  let position = 0
  /** While rows are being read, the ids that something newer has overtaken meanwhile, for each such reading. */
  const readings = new Set<Set<string>>()
  let waiting: Promise<void> | undefined
  let running: Promise<void> = Promise.resolve()
  /** The columns of facts that are there or on their way. */
  let columns = new Map<string, Promise<void>>()
  /** How many are looking at the column of a fact, or waiting for it. */
  const wanted = new Map<string, number>()
  let indexed: readonly string[] = []

  async function reading<Result> (body: (overtaken: ReadonlySet<string>) => Promise<Result>): Promise<Result> {
    const overtaken = new Set<string>()
    readings.add(overtaken)
    try {
      return await body(overtaken)
    } finally {
      readings.delete(overtaken)
    }
  }

  function overtake (id: string, except?: ReadonlySet<string>): void {
    for (const overtaken of readings) if (overtaken !== except) overtaken.add(id)
  }

  async function clock (): Promise<number> {
    const { seq } = await db.selectFrom('machine_clock').select('seq').executeTakeFirstOrThrow()
    return Number(seq)
  }

  async function load (): Promise<void> {
    const { count } = await db.selectFrom('inventory').select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
    const start = await clock()
    const made = createRoster(Number(count))
    await dialect.scan<RosterRow>(db, { table: 'inventory', columns: rosterColumns }, async (rows) => {
      for (const row of readInstants(rows, dialect)) made.put(row)
      await turn()
    })
    roster = made
    position = start
    const before = [...columns.keys()]
    columns = new Map()
    indexed = (await db.selectFrom('collectors').selectAll().execute()).flatMap(({ name, json_schema }) => indexedFacts(name, parseJson(json_schema)))
    withFacts(made, [...indexed, ...before]).catch(() => {}) // whoever wants one of them meets the error
  }

  /** Takes in what was written since, by whichever server. */
  async function catchUp (): Promise<void> {
    if (roster === undefined || await clock() - position > remembered) await load()
    const now = await clock()
    if (now === position) return
    const changes = await db.selectFrom('machine_changes').select('machine_ids').where('seq', '>', position).where('seq', '<=', now).execute()
    let ids = [...new Set(changes.flatMap(({ machine_ids }) => machine_ids.split(' ')))]
    while (ids.length > 0) ids = await reading(async (overtaken) => await readAgain(roster!, ids, overtaken))
    position = Math.max(position, now)
  }

  /** @returns the ids that have been overtaken meanwhile */
  async function readAgain (to: Roster, ids: readonly string[], overtaken: ReadonlySet<string>): Promise<string[]> {
    const rows = new Map((await readInventory(db, dialect, ids)).map((row) => [row.machine_id, row]))
    const facts: FactsRow[] = []
    for (const collector of new Set([...to.facts.keys()].map((path) => readFactPath(path).collector))) {
      if (isCollector(collector)) facts.push(...await readFacts(db, dialect, collector, ids))
    }
    for (const id of ids) {
      if (overtaken.has(id)) continue
      const row = rows.get(id)
      if (row === undefined) to.remove(id)
      else to.put(row)
      overtake(id, overtaken)
    }
    for (const column of to.facts.values()) for (const id of ids) if (!overtaken.has(id) && rows.has(id)) column.set(to.ids.find(id), null)
    putFacts(to, facts.filter(({ machine_id }) => !overtaken.has(machine_id)))
    return ids.filter((id) => overtaken.has(id))
  }

  /** Resolves when a roster has columns of these facts. */
  async function withFacts (to: Roster, paths: readonly string[]): Promise<void> {
    for (const [collector, those] of Map.groupBy(paths.filter((path) => !columns.has(path)), (path) => readFactPath(path).collector)) {
      const made = addFacts(to, collector, those)
      for (const path of those) columns.set(path, made)
      made.catch(() => { for (const path of those) columns.delete(path) })
    }
    for (const path of paths) { // the latest that was asked for comes last
      const made = columns.get(path)!
      columns.delete(path)
      columns.set(path, made)
    }
    await Promise.all(paths.map((path) => columns.get(path)))
  }

  /** Lets go of the columns that were asked for longest ago. */
  function forgetFacts (): void {
    for (const path of [...columns.keys()].filter((path) => !indexed.includes(path) && !wanted.has(path)).slice(0, -keptFacts)) {
      columns.delete(path)
      roster!.facts.delete(path)
    }
  }

  async function addFacts (to: Roster, collector: string, paths: readonly string[]): Promise<void> {
    const made = paths.map((path) => ({ path, keys: readFactPath(path).keys, column: codedColumn(to.ids.size) }))
    await reading(async (overtaken) => {
      for (const { path, column } of made) to.facts.set(path, column)
      if (!isCollector(collector)) return
      await dialect.scan<FactsRow>(db, { table: 'machine_facts', columns: ['machine_id', 'facts'], collector }, async (rows) => {
        for (const { machine_id, facts } of rows) {
          const slot = overtaken.has(machine_id) ? -1 : to.ids.find(machine_id)
          if (slot === -1) continue
          const values = parseJson(facts) as unknown
          for (const { keys, column } of made) column.set(slot, factAt(values, keys))
        }
        await turn()
      })
    }).catch((error: unknown) => {
      for (const { path } of made) to.facts.delete(path)
      throw error
    })
  }

  return {
    get size () { return roster?.count ?? 0 },
    async read (facts, look) {
      // Whoever asks while another waits for its turn shares that turn, which begins after both have asked.
      waiting ??= running.then(async () => {
        waiting = undefined
        const turn = catchUp()
        running = turn.catch(() => {})
        await turn
      })
      await waiting
      for (const path of facts) wanted.set(path, (wanted.get(path) ?? 0) + 1)
      try {
        let complete
        do await withFacts(complete = roster!, facts)
        while (complete !== roster) // it was read anew meanwhile
        return await look(complete)
      } finally {
        for (const path of facts) {
          const others = wanted.get(path)! - 1
          if (others > 0) wanted.set(path, others)
          else wanted.delete(path)
        }
        if (facts.length > 0) forgetFacts()
      }
    },
    note ({ seq, changed, facts, removed = [] }) {
      if (roster === undefined || seq <= position) return
      for (const row of changed) {
        roster.put(row)
        overtake(row.machine_id)
      }
      for (const id of removed) {
        roster.remove(id)
        overtake(id)
      }
      if (roster.facts.size > 0) putFacts(roster, facts)
      if (seq === position + 1) position = seq
    }
  }
}

function putFacts (roster: Roster, facts: Written['facts']): void {
  for (const [path, column] of roster.facts) {
    const { collector, keys } = readFactPath(path)
    for (const one of facts) {
      if (one.collector !== collector) continue
      const slot = roster.ids.find(one.machine_id)
      if (slot !== -1) column.set(slot, 'facts' in one ? factAt(parseJson(one.facts), keys) : null)
    }
  }
}
