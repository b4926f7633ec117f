import { join } from 'node:path'
import { jsonBytes, limits } from '../../limits.ts'
import type { Report } from '../../report.ts'
import { removeFile, writeDurably, type SpoolFiles } from './files.ts'
import { seal, unseal } from './record.ts'

export const ledgerName = 'dropped'

/** What was dropped from a spool and not told yet. */
interface Ledger {
  /** How many reports. */
  readonly count: number
  /** When the first of them was dropped, ISO 8601. */
  readonly since: string
  /** Those of them that were dropped last, by id: counted, though they may be there still. */
  readonly ids: readonly string[]
}

/** Counts what is dropped, exactly, over restarts and crashes, until a report that tells the number has arrived. */
export interface Dropped {
  /**
   * Reads what this or another process left.
   *
   * @param isThere whether the folder has a ledger
   * @returns the ids that are counted and must go, where they are there still
   */
  load (isThere: boolean): Promise<readonly string[]>
  /** Counts reports; once it resolves they may be removed. Where it rejects they must stay. */
  count (ids: readonly string[]): Promise<void>
  /** Counts reports that were held in memory alone, since the disk can't be used. */
  countInMemory (reports: number): void
  /** The report with a row in its failures that tells what was dropped; as it is where nothing was, or no row fits. */
  tell (report: Report): Promise<Report>
  /** Told of a report that has arrived. */
  arrived (report: Report): Promise<void>
  readonly total: number
}

export function countDropped (files: SpoolFiles, folder: string, now: () => number): Dropped {
  let ledger: Ledger | undefined
  let inMemory: Pick<Ledger, 'count' | 'since'> | undefined
  /** What has arrived already, though the file could not be removed. */
  let told: Pick<Ledger, 'count' | 'since'> | undefined

  /** Whether the ledger was read, or is known not to be there. */
  let known = false

  const load = async (): Promise<void> => {
    known = true
    ledger = await files.readFile(join(folder, ledgerName), 'utf8').then(readLedger, () => undefined)
  }
  const plus = (more: number): Pick<Ledger, 'count' | 'since'> => ({
    count: (ledger?.count ?? 0) + (inMemory?.count ?? 0) + more,
    since: ledger?.since ?? inMemory?.since ?? new Date(now()).toISOString()
  })

  return {
    get total () { return plus(0).count },
    async load (isThere) {
      known = true
      if (isThere) await load()
      else ledger = undefined
      return ledger?.ids ?? []
    },
    async count (ids) {
      await load()
      const counted = { ...plus(ids.length), ids }
      await writeDurably(files, folder, ledgerName, seal(JSON.stringify(counted)))
      ledger = counted
      inMemory = undefined
    },
    countInMemory (reports) {
      inMemory = { count: (inMemory?.count ?? 0) + reports, since: inMemory?.since ?? new Date(now()).toISOString() }
    },
    async tell (report) {
      if (!known || ledger !== undefined) await load() // another process may have told it
      const { count, since } = plus(0)
      if (count === 0 || (since === told?.since && count <= told.count)) return report
      const message = `${count} ${count === 1 ? 'report was' : 'reports were'} dropped since ${since}, before the server could be reached: the spool was full, or they were too old`
      const telling: Report = { ...report, failures: [...report.failures, { collector: 'spool', code: 'TATUSCAN_SPOOL_DROPPED', message, ms: 0 }] }
      return jsonBytes({ ...telling, schemas: {} }) <= limits.reportBytes ? telling : report
    },
    async arrived ({ failures = [] }) {
      const message = failures.find(({ code }) => code === 'TATUSCAN_SPOOL_DROPPED')?.message
      const [, count, since] = /^(\d+) .* since (\S+),/.exec(message ?? '') ?? []
      if (since === undefined) return
      await load()
      const all = plus(0)
      if (since !== all.since || Number(count) < all.count) return
      told = all
      ledger = inMemory = undefined
      await removeFile(files, join(folder, ledgerName)).catch(() => {})
    }
  }
}

function readLedger (content: string): Ledger | undefined {
  const json = unseal(content)
  return json === undefined ? undefined : JSON.parse(json) as Ledger
}
