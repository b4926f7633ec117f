import { messageOf, TatuScanError, type IncomingReport, type KnownCollector, type Machine, type MachineStore } from '@tatuscan/core'
import { sql, type Kysely } from 'kysely'
import { createBatches } from './batches.ts'
import type { StatementTexts } from './bulk-statements.ts'
import { listMachines } from './list-machines.ts'
import { changesOf, machineOf, type Tables } from './rows.ts'
import { saveReports } from './save-reports.ts'
import type { StatusThresholds } from './status.ts'
import { summarise } from './summarise.ts'

export interface ClosableStore extends MachineStore {
  /** Resolves when everything that was accepted is on disk. */
  drained (): Promise<void>
}

/** `app.machines` on a database. */
export function createMachineStore (db: Kysely<Tables>, thresholds: StatusThresholds): ClosableStore {
  const schemas = new Map<string, string>()
  const texts: StatementTexts = new Map()

  const batches = createBatches(async (reports: readonly IncomingReport[]) => {
    const { saved, freshSchemas } = await transaction(db, async (tx) => await saveReports(tx, reports, { now: new Date(), thresholds, schemas, texts }))
    for (const [name, json] of freshSchemas) schemas.set(name, json)
    return saved
  })

  async function read (id: string): Promise<Machine | undefined> {
    const row = await db.selectFrom('inventory').selectAll().where('machine_id', '=', id).executeTakeFirst()
    if (row === undefined) return undefined
    const kept = await db.selectFrom('machine_facts').selectAll().where('machine_id', '=', id).executeTakeFirst()
    return {
      ...machineOf(row, thresholds),
      facts: kept === undefined ? {} : JSON.parse(kept.facts) as NonNullable<Machine['facts']>,
      failures: kept === undefined ? [] : JSON.parse(kept.failures) as NonNullable<Machine['failures']>
    }
  }

  return {
    save: async (report) => await batches.add(report).catch(unavailable),
    find: async (id) => await read(id).catch(unavailable),
    list: async (query = {}) => await listMachines(db, query, thresholds).catch(unavailable),
    async update (id, changes) {
      return await transaction(db, async (tx) => {
        const row = await tx.selectFrom('inventory').selectAll().where('machine_id', '=', id).executeTakeFirst()
        if (row === undefined) return undefined
        const set = { ...changesOf(changes, row), updated_at: new Date().toISOString() }
        await tx.updateTable('inventory').set(set).where('machine_id', '=', id).execute()
        return machineOf({ ...row, ...set }, thresholds)
      }).catch(unavailable)
    },
    async remove (id) {
      return await transaction(db, async (tx) => {
        await tx.deleteFrom('machine_facts').where('machine_id', '=', id).execute()
        const { numDeletedRows } = await tx.deleteFrom('inventory').where('machine_id', '=', id).executeTakeFirstOrThrow()
        return numDeletedRows > 0n
      }).catch(unavailable)
    },
    summary: async (filter = {}) => await summarise(db, filter, thresholds).catch(unavailable),
    async collectors () {
      const rows = await db.selectFrom('collectors').selectAll().orderBy('name').execute().catch(unavailable)
      return rows.map(({ name, schema, updated_at }) => ({ name, schema: JSON.parse(schema) as KnownCollector['schema'], updated_at: new Date(updated_at) }))
    },
    async ping () {
      await sql`select 1`.execute(db).catch(unavailable)
    },
    drained: async () => await batches.drained()
  }
}

/** A transaction that may write from its start, so that a writer elsewhere makes it wait rather than fail. */
async function transaction<Result> (db: Kysely<Tables>, body: (tx: Kysely<Tables>) => Promise<Result>): Promise<Result> {
  return await db.connection().execute(async (tx) => {
    await sql`begin immediate`.execute(tx)
    try {
      const result = await body(tx)
      await sql`commit`.execute(tx)
      return result
    } catch (error) {
      await sql`rollback`.execute(tx).catch(() => {}) // SQLite may have rolled back by itself
      throw error
    }
  })
}

/** What the database itself complains of is an outage, except where the statement was wrong. */
function unavailable (error: unknown): never {
  const { code } = error as { code?: unknown }
  const outage = typeof code === 'string' && /^SQLITE_(?!ERROR|CONSTRAINT|MISMATCH|RANGE|MISUSE|TOOBIG)/.test(code)
  throw outage ? new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', `the database can't be used right now: ${messageOf(error)}`, { cause: error }) : error
}
