import { setImmediate as turn } from 'node:timers/promises'
import { parseJson } from '@tatuscan/core'
import type { KnownRow } from '../known-rows.ts'
import type { Database } from '../open-database.ts'
import type { FactsRow, InventoryRow, ToldFacts } from '../rows.ts'
import { readFacts, readInventory, readInstants, remembered } from '../statements.ts'
import { codedColumn, type CodedColumn } from './columns.ts'
import { columnName, factAt, factBelow, factReading, indexedFacts, isCollector, plainKeys, readColumnName, wholeColumn } from './facts.ts'
import { idDigits } from './id-table.ts'
import { createRoster, rosterColumns, type Roster, type RosterRow } from './roster.ts'

/** What a transaction of this server wrote: the rows as they are stored now. */
export interface Written {
  readonly seq: number
  readonly changes: readonly Noted[]
  readonly facts: readonly ToldFacts[]
  readonly removed?: readonly string[]
}

export interface RosterKeeper {
  /** How many machines there are, as far as is known. */
  readonly size: number
  /** When rows of many machines came in last, by `performance.now()`. */
  readonly progress: number
  /** Looks at the roster as the database stands now, whichever server wrote; with these columns of facts, or the whole ones in their place. */
  read<Result>(facts: readonly string[], look: (roster: Roster) => Promise<Result>): Promise<Result>
  /** Takes in what this server wrote, once it is committed. */
  note (written: Written): void
}

/** Rows that are being read: those of `inventory`, or a collector's facts. */
interface Reading {
  readonly collector?: string
  /** The machines of which something newer is known meanwhile. */
  readonly overtaken: Set<string>
}

/** A machine's row, which stays the same object as it is written again; and its facts where the roster has a column of them. */
type Noted = Pick<KnownRow, 'row' | 'noted' | 'facts'>

/** Of how many machines the roster needs not know at once what was written. */
const mostNoted = 20_000

/** How many of them it takes in at once: some 2 ms of work. */
const takenIn = 1000

/** How many facts that no schema calls `indexed` keep their column, the latest that were asked for. */
const keptFacts = 12

/** Keeps a roster in step with the database: read when it is first wanted, then by what each transaction touched. */
export function keepRoster ({ db, dialect }: Database): RosterKeeper {
  let roster: Roster | undefined
  let position = 0
  let progress = -Infinity
  const readings = new Set<Reading>()
  /** What the roster has not taken in yet, each machine once: they report more often than anybody looks. */
  let noted: Noted[] = []
  let waiting: Promise<void> | undefined
  let running: Promise<void> = Promise.resolve()
  /** The columns of facts that are there or on their way. */
  let columns = new Map<string, Promise<void>>()
  /** How many are looking at the column of a fact, or waiting for it. */
  const wanted = new Map<string, number>()
  let indexed: readonly string[] = []

  async function reading<Result> (of: Pick<Reading, 'collector'>, body: (own: Reading) => Promise<Result>): Promise<Result> {
    takeIn()
    const own = { ...of, overtaken: new Set<string>() }
    readings.add(own)
    try {
      return await body(own)
    } finally {
      readings.delete(own)
    }
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
      progress = performance.now()
      await turn()
    })
    roster = made
    position = start
    takeOut() // is read again with all that was written since the start
    const before = [...columns.keys()]
    columns = new Map()
    indexed = (await db.selectFrom('collectors').selectAll().execute()).flatMap(({ name, json_schema }) => indexedFacts(name, parseJson(json_schema))).map((path) => columnName(path))
    withFacts(made, [...indexed, ...before]).catch(() => {}) // whoever wants one of them meets the error
  }

  /** What this server wrote, of the first so many machines. */
  function takeOut (most = Infinity): { rows: InventoryRow[], facts: ToldFacts[] } {
    const [first, rest] = noted.length <= most ? [noted, []] : [noted.slice(0, most), noted.slice(most)]
    noted = rest
    const facts: ToldFacts[] = []
    for (const one of first) {
      if (one.facts !== undefined) facts.push(...one.facts.values())
      one.noted = false
      one.facts = undefined
    }
    return { rows: first.map(({ row }) => row!), facts }
  }

  /** Takes in what this server wrote, of so many machines; of all unless it is told. */
  function takeIn (most = Infinity): void {
    if (noted.length === 0) return
    const { rows, facts: told } = takeOut(most)
    for (const row of rows) roster!.put(row)
    if (told.length > 0) putFacts(roster!, [...roster!.facts].map(([name, column]) => factColumn(name, column)), told)
  }

  /** Takes in what was written since, by whichever server. */
  async function catchUp (): Promise<void> {
    if (roster === undefined || await clock() - position > remembered) await load()
    for (; noted.length > takenIn; await turn()) takeIn(takenIn)
    takeIn()
    const now = await clock()
    if (now === position) return
    const changes = await db.selectFrom('machine_changes').select('machine_ids').where('seq', '>', position).where('seq', '<=', now).execute()
    let ids = [...new Set(changes.flatMap(({ machine_ids }) => machine_ids.split(' ')))]
    while (ids.length > 0) ids = await reading({}, async (own) => await readAgain(roster!, ids, own))
    position = Math.max(position, now)
  }

  /** @returns the ids that have been overtaken meanwhile */
  async function readAgain (to: Roster, ids: readonly string[], own: Reading): Promise<string[]> {
    const { overtaken } = own
    // A column that is added from now on is read later than what is read here.
    const columns = [...to.facts].map(([name, column]) => factColumn(name, column))
    const others = [...readings].filter((one) => one !== own)
    const rows = new Map((await readInventory(db, dialect, ids)).map((row) => [row.machine_id, row]))
    const facts: FactsRow[] = []
    for (const collector of new Set(columns.map(({ of }) => of.collector))) {
      if (isCollector(collector)) facts.push(...await readFacts(db, dialect, collector, ids))
    }
    for (const id of ids) {
      if (overtaken.has(id)) continue
      const row = rows.get(id)
      if (row === undefined) to.remove(id)
      else to.put(row)
      for (const other of others) other.overtaken.add(id)
    }
    for (const { column } of columns) for (const id of ids) if (!overtaken.has(id) && rows.has(id)) column.set(to.ids.find(id), null)
    putFacts(to, columns, facts.filter(({ machine_id }) => !overtaken.has(machine_id)))
    return ids.filter((id) => overtaken.has(id))
  }

  /** Resolves when a roster has these columns of facts. The whole column serves also where a part would do. */
  async function withFacts (to: Roster, names: readonly string[]): Promise<void> {
    const needed = new Set(names.map((name) => columns.has(name) || !columns.has(wholeColumn(name)) ? name : wholeColumn(name)))
    for (const [collector, those] of Map.groupBy([...needed].filter((name) => !columns.has(name)), (name) => readColumnName(name).collector)) {
      const parts = those.filter((name) => name !== wholeColumn(name)).map((name) => [name])
      const wholes = those.filter((name) => name === wholeColumn(name))
      for (const group of wholes.length === 0 ? parts : [wholes, ...parts]) {
        const made = addFacts(to, collector, group)
        for (const name of group) columns.set(name, made)
        made.catch(() => { for (const name of group) columns.delete(name) })
      }
    }
    for (const name of needed) { // the latest that was asked for comes last
      const made = columns.get(name)!
      columns.delete(name)
      columns.set(name, made)
    }
    await Promise.all([...needed].map((name) => columns.get(name)))
  }

  /** Lets go of the columns that were asked for longest ago. */
  function forgetFacts (): void {
    for (const name of [...columns.keys()].filter((name) => !indexed.includes(name) && !wanted.has(name)).slice(0, -keptFacts)) {
      columns.delete(name)
      roster!.facts.delete(name)
    }
  }

  /** Adds whole columns, for which all facts are read once; or one alone, of which the database reads what is wanted. */
  async function addFacts (to: Roster, collector: string, names: readonly string[]): Promise<void> {
    const made = names.map((name) => ({ name, ...factColumn(name, codedColumn(to.ids.size)) }))
    await reading({ collector }, async ({ overtaken }) => {
      for (const { name, column } of made) to.facts.set(name, column)
      if (!isCollector(collector)) return
      const [{ of }, ...others] = made as [typeof made[0], ...typeof made]
      const at = others.length === 0 ? plainKeys(of.keys) : []
      const below = of.keys.slice(at.length)
      const scan = { table: 'machine_facts', collector, at, ...of.reading !== undefined && { holding: JSON.stringify(of.reading).slice(1, -1) } } as const
      const valuesOf = (facts: string | null): (string | null)[] => {
        if (others.length === 0) return [made[0]!.reads(factBelow(facts, below))]
        const parsed = parseJson(facts!) as unknown
        return made.map(({ of, reads }) => reads(factAt(parsed, of.keys)))
      }
      // Of the machine before, which often has the same: its values are the same texts then, too, which are found faster
      let before: string | null | undefined
      let values: (string | null)[] = []
      await dialect.scan<{ machine_id: string, facts: string | null }>(db, scan, async (rows) => {
        const ids = rows.map(({ machine_id }) => machine_id).join('')
        const slots = to.ids.findAll(ids)
        let one = 0
        for (const { machine_id: those, facts } of rows) {
          if (facts !== before) [before, values] = [facts, valuesOf(facts)]
          for (const end = one + those.length / idDigits; one < end; one++) {
            const slot = slots[one]!
            if (slot === -1 || (overtaken.size > 0 && overtaken.has(ids.slice(one * idDigits, (one + 1) * idDigits)))) continue
            made.forEach(({ column }, index) => { column.set(slot, values[index]!) })
          }
        }
        progress = performance.now()
        await turn()
      })
    }).catch((error: unknown) => {
      for (const { name } of made) to.facts.delete(name)
      throw error
    })
  }

  return {
    get size () { return roster?.count ?? 0 },
    get progress () { return progress },
    async read (facts, look) {
      // Whoever asks while another waits for its turn shares that turn, which begins after both have asked.
      waiting ??= running.then(async () => {
        waiting = undefined
        const turn = catchUp()
        running = turn.catch(() => {})
        await turn
      })
      await waiting
      const held = new Set([...facts, ...facts.map(wholeColumn)])
      for (const name of held) wanted.set(name, (wanted.get(name) ?? 0) + 1)
      try {
        let complete
        do await withFacts(complete = roster!, facts)
        while (complete !== roster) // it was read anew meanwhile
        return await look(complete)
      } finally {
        for (const name of held) {
          const others = wanted.get(name)! - 1
          if (others > 0) wanted.set(name, others)
          else wanted.delete(name)
        }
        if (facts.length > 0) forgetFacts()
      }
    },
    note ({ seq, changes, facts, removed = [] }) {
      if (roster === undefined || seq <= position) return
      for (const change of changes) {
        if (change.noted === true) continue
        change.noted = true
        noted.push(change)
      }
      if (facts.length > 0 && roster.facts.size > 0) {
        const collectors = new Set([...roster.facts.keys()].map((name) => readColumnName(name).collector))
        const machines = new Map(changes.map((change) => [change.row!.machine_id, change]))
        for (const one of facts) if (collectors.has(one.collector)) (machines.get(one.machine_id)!.facts ??= new Map()).set(one.collector, one)
      }
      if (noted.length > mostNoted) takeIn(takenIn)
      if (removed.length > 0 || readings.size > 0) takeIn()
      for (const id of removed) roster.remove(id)
      for (const { collector, overtaken } of readings) {
        if (collector === undefined) for (const { row } of changes) overtaken.add(row!.machine_id)
        else for (const one of facts) if (one.collector === collector) overtaken.add(one.machine_id)
        for (const id of removed) overtaken.add(id)
      }
      if (seq === position + 1) position = seq
    }
  }
}

/** A column with what it is of, and what it has to know where a fact is this. */
function factColumn (name: string, column: CodedColumn) {
  const of = readColumnName(name)
  const isWanted = of.reading === undefined ? () => true : factReading(of.reading)
  return { of, column, reads: (json: string | null) => isWanted(json) ? json : null }
}

function putFacts ({ ids }: Roster, columns: readonly ReturnType<typeof factColumn>[], facts: readonly ToldFacts[]): void {
  const byCollector = Map.groupBy(columns, ({ of }) => of.collector)
  for (const one of facts) {
    const those = byCollector.get(one.collector)
    const slot = those === undefined ? -1 : ids.find(one.machine_id)
    if (slot === -1) continue
    const values = 'facts' in one ? parseJson(one.facts) as unknown : null
    for (const { of, column, reads } of those!) column.set(slot, reads(factAt(values, of.keys)))
  }
}
