import { parseJson, TatuScanError, type Failure, type FactsByCollector, type IncomingReport, type KnownCollector, type Machine, type MachineQuery, type MachineStore, type SavedBatch } from '@tatuscan/core'
import { sql } from 'kysely'
import { createBatches } from './batches.ts'
import { createFigures } from './figures.ts'
import type { FiguresOptions } from './kept-figures.ts'
import { createKnownRows } from './known-rows.ts'
import type { Database } from './open-database.ts'
import { factColumns } from './roster/facts.ts'
import { keepRoster } from './roster/keeper.ts'
import { selectPage } from './roster/select-page.ts'
import { changesOf, failuresOf, machineOf, readDigests, type InventoryRow } from './rows.ts'
import { saveAtOnce, saveReports } from './save-reports.ts'
import { readFacts, readInstants, readInventory, recordChanges, removeFacts, writeRows } from './statements.ts'
import type { StatusThresholds } from './status.ts'
import { limit, persistently, reading, transaction, within } from './transactions.ts'
import { watched } from './watched.ts'

export interface ClosableStore extends MachineStore {
  /** Resolves when everything that was accepted is on disk. */
  drained (): Promise<void>
  /** Reads what listings need, so that the first of them needs not wait for it; not where it is much, which is read for those alone who ask. */
  warm (): Promise<void>
}

/** How many machines are read at once. */
const portion = 100

/** Of how many machines what listings need is read before anybody asks: a second's work, and 50 MB. */
const mostWarmed = 200_000

/** How many machines are put in order at once, where all are wanted: more take fewer looks through the roster. */
const selected = 10_000

/** `app.machines` on a database. */
export function createMachineStore (database: Database, thresholds: StatusThresholds, kept: FiguresOptions = {}): ClosableStore {
  const { db, dialect, writer } = database
  const roster = keepRoster(database)
  const known = createKnownRows()
  const figures = createFigures({ database, roster, thresholds }, kept)

  const listeners: ((batch: SavedBatch) => void)[] = []
  const batches = createBatches(watched(listeners, async (reports: readonly IncomingReport[]) => {
    const context = { dialect, now: new Date(), thresholds, known }
    const { saved, seq, changes, facts, schemas } = await persistently(database, async () => await saveAtOnce(writer, reports, context)) ??
      await transaction(database, async (tx) => await saveReports(tx, reports, context))
    known.learn(seq, changes, schemas)
    roster.note({ seq, changes, facts })
    return saved
  }))

  async function readMachines (ids: readonly string[], include: MachineQuery['include'] = []): Promise<Machine[]> {
    const rows = new Map((await readInventory(db, dialect, ids)).map((row) => [row.machine_id, row]))
    return await machinesOf(ids.flatMap((id) => rows.get(id) ?? []), include)
  }

  async function machinesOf (rows: readonly InventoryRow[], include: MachineQuery['include'] = []): Promise<Machine[]> {
    const facts = include.includes('facts') ? await factsOf(rows) : undefined
    return rows.map((row) => ({
      ...machineOf(row, thresholds),
      ...facts !== undefined && { facts: facts.get(row.machine_id) ?? {} },
      ...include.includes('failures') && { failures: failuresOf(row) as Failure[] }
    }))
  }

  /** The facts of machines, in the order in which each told them. */
  async function factsOf (rows: readonly InventoryRow[]): Promise<Map<string, FactsByCollector>> {
    const told = rows.map(({ machine_id, fact_digests }) => ({ machine_id, collectors: [...readDigests(fact_digests).keys()] }))
    const byCollector = Map.groupBy(told.flatMap(({ machine_id, collectors }) => collectors.map((collector) => ({ machine_id, collector }))), ({ collector }) => collector)
    const texts = new Map<string, string>()
    for (const [collector, those] of byCollector) {
      for (const { machine_id, facts } of await readFacts(db, dialect, collector, those.map(({ machine_id }) => machine_id))) texts.set(`${collector} ${machine_id}`, facts)
    }
    return new Map(told.map(({ machine_id, collectors }) => [machine_id, Object.fromEntries(collectors.flatMap((collector) => {
      const text = texts.get(`${collector} ${machine_id}`)
      return text === undefined ? [] : [[collector, parseJson(text) as Record<string, unknown>]]
    }))]))
  }

  /** All machines by hostname, straight from the database's index. */
  async function * byHostname (include: MachineQuery['include']): AsyncGenerator<Machine[]> {
    let last: InventoryRow | undefined
    for (;;) {
      const rows = await reading(database, async () => {
        const query = db.selectFrom('inventory').selectAll().orderBy('hostname').orderBy('machine_id').limit(portion)
        const { hostname, machine_id } = last ?? { hostname: '', machine_id: '' }
        return readInstants(await query.where('hostname', '>=', hostname)
          .where(({ or, eb }) => or([eb('hostname', '>', hostname), eb('machine_id', '>', machine_id)])).execute(), dialect)
      })
      if (rows.length > 0) yield await reading(database, async () => await machinesOf(rows, include))
      if (rows.length < portion) return
      last = rows.at(-1)
    }
  }

  return {
    save: batches.add,
    async find (id) {
      if (!isMachineId(id)) return undefined
      return await reading(database, async () => (await readMachines([id], ['facts', 'failures']))[0])
    },
    async list ({ limit = 1000, sort = 'hostname', dir = 'asc', cursor, include, max_age_s: maxAge = 0, ...filter } = {}) {
      const { ids, count, next, as_of: asOf } = await figures.select(filter, { sort, dir, limit, ...cursor !== undefined && { cursor } }, maxAge)
      const machines = await reading(database, async () => await readMachines(ids, include))
      return { machines, count, ...next !== undefined && { next }, ...maxAge > 0 && { as_of: asOf } }
    },
    async * stream ({ sort = 'hostname', dir = 'asc', include, ...filter } = {}) {
      if (sort === 'hostname' && dir === 'asc' && Object.values(filter).every((value) => value === undefined)) {
        yield * byHostname(include)
        return
      }
      let cursor: string | undefined
      do {
        const order = { sort, dir, limit: selected, ...cursor !== undefined && { cursor } }
        const page = await reading(database, async () => await roster.read(factColumns(filter, sort), async (fresh) =>
          await selectPage(fresh, filter, order, { now: Date.now(), thresholds })), () => roster.progress)
        for (let start = 0; start < page.ids.length; start += portion) {
          yield await reading(database, async () => await readMachines(page.ids.slice(start, start + portion), include))
        }
        cursor = page.next
      } while (cursor !== undefined)
    },
    async update (id, changes) {
      if (!isMachineId(id)) return undefined
      return await transaction(database, async (tx) => {
        const seq = await dialect.tick(tx)
        const [row] = await readInventory(tx, dialect, [id])
        if (row === undefined) return undefined
        const changed = { ...row, ...changesOf(changes, row), updated_at: new Date().toISOString() }
        await writeRows(tx, dialect, 'inventory', [changed], { keys: ['machine_id'], kept: ['created_at', 'hostname'] })
        await recordChanges(tx, seq, [id])
        return { changed, seq }
      }).then((done) => {
        if (done === undefined) return undefined
        roster.note({ seq: done.seq, changes: [{ row: done.changed }], facts: [] })
        return machineOf(done.changed, thresholds)
      })
    },
    async remove (id) {
      if (!isMachineId(id)) return false
      const seq = await transaction(database, async (tx) => {
        const seq = await dialect.tick(tx)
        const [row] = await readInventory(tx, dialect, [id])
        if (row === undefined) return undefined
        await removeFacts(tx, [...readDigests(row.fact_digests).keys()].map((collector) => ({ collector, machine_id: id })))
        await tx.deleteFrom('inventory').where('machine_id', '=', id).execute()
        await recordChanges(tx, seq, [id])
        return seq
      })
      if (seq !== undefined) roster.note({ seq, changes: [], facts: [], removed: [id] })
      return seq !== undefined
    },
    summary: figures.summary,
    tally: figures.tally,
    async collectors () {
      const rows = await reading(database, async () => readInstants(await db.selectFrom('collectors').selectAll().orderBy('name').execute(), dialect))
      return rows.map(({ name, json_schema, updated_at }) => ({ name, schema: parseJson(json_schema) as KnownCollector['schema'], updated_at: new Date(updated_at) }))
    },
    async ping () {
      await within(limit, sql`select seq from machine_clock`.execute(db)).catch((error: unknown) => {
        throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', "the database can't be used right now", { cause: error })
      })
    },
    waiting: batches.waiting,
    onBatch: (listener) => { listeners.push(listener) },
    drained: async () => await batches.drained(),
    async warm () {
      const { count } = await db.selectFrom('inventory').select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
      if (Number(count) > mostWarmed) return
      await roster.read([], async () => {})
      await figures.summary({ max_age_s: 1 }) // is kept where there are many
    }
  }
}

/** What else is asked for is no machine: some databases take trailing spaces for nothing, and others can't be asked for NUL. */
function isMachineId (text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
