import { join } from 'node:path'
import { messageOf, TatuScanError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import { schemaText } from '../../schema-text.ts'
import { countDropped, ledgerName } from './dropped.ts'
import type { SpoolEvent } from './events.ts'
import { isMissing, isTemporary, removeFile, writeDurably, type SpoolFiles } from './files.ts'
import { fileOf, idOf, madeAt, seal, unsealReport } from './record.ts'
import { setAside } from './set-aside.ts'

export interface BacklogOptions {
  readonly dir: string
  readonly maxReports: number
  readonly maxAgeMs: number
  readonly maxBytes: number
  readonly files: SpoolFiles
  readonly now: () => number
  readonly uptime: () => number
  readonly onEvent: (event: SpoolEvent) => void
}

/** What waits in a spool. Its methods don't overlap: who uses it calls one after the other. */
export interface Backlog {
  /** How many wait. */
  readonly size: number
  /** Reads the folder, where others may have come and gone. */
  refresh (): Promise<void>
  /** Keeps a report. @returns whether it is on disk; else it is in memory alone */
  keep (report: Report): Promise<boolean>
  /** The oldest reports, in order; at least one where any is left. */
  take (limits: { readonly reports: number, readonly bytes: number }): Promise<Report[]>
  /** Lets go of reports that have arrived. */
  remove (reports: readonly Report[]): Promise<void>
  /** Puts away a report that was refused for good. */
  reject (report: Report, why: string): Promise<void>
  /** Drops the oldest until what is left is within the limits; none of those that are under way. */
  bound (underWay: ReadonlySet<string>): Promise<void>
}

interface Entry {
  readonly bytes: number
  /** When this process kept it, by a clock that doesn't jump. */
  readonly keptAt?: number
  /** The report itself, where the disk could not be used. */
  readonly unsaved?: Report
}

/** How many reports are held where the disk can't be used. */
const mostUnsaved = 60
/** What has been under its temporary name for so long is nobody's any more, in milliseconds. */
const temporaryMs = 10 * 60_000
/** No report is larger; what is larger is not read. */
const mostFileBytes = 4 * 1024 * 1024

export function openBacklog ({ dir, maxReports, maxAgeMs, maxBytes, files, now, uptime, onEvent }: BacklogOptions): Backlog {
  const entries = new Map<string, Entry>()
  /** Done with, but their files can't be removed, as on a disk that became read-only. */
  const gone = new Set<string>()
  /** Can't be read or moved; left alone until the next start. */
  const skipped = new Set<string>()
  /** When each file under a temporary name was first seen. */
  const temporary = new Map<string, number>()
  const dropped = countDropped(files, dir, now)
  let schemas = new Map<string, string>()
  /** The report that was saved last: it is mostly the next to go, and needs not be read again. */
  let latest: Report | undefined
  let counted: ReadonlySet<string> | undefined
  let broken = false

  const path = (id: string): string => join(dir, fileOf(id))
  const inOrder = (): string[] => [...entries.keys()].sort()

  function diskFailed (error: unknown): void {
    if (broken) return
    broken = true
    const message = `the spool in ${dir} can't be used, so reports are sent live and held in memory until it can: ${messageOf(error)}`
    onEvent({ type: 'disk-failed', error: new TatuScanError('TATUSCAN_SPOOL_FAILED', message, { cause: error }) })
  }

  function diskWorks (): void {
    if (broken) onEvent({ type: 'disk-works' })
    broken = false
  }

  /** Schemas are stored with the first report after a start and when they change, or all would be ten times their size. */
  function withNewSchemas (report: Report): Report {
    const fresh = Object.entries(report.schemas ?? {}).filter(([name, schema]) => schemas.get(name) !== schemaText(schema))
    return { ...report, schemas: Object.fromEntries(fresh) }
  }

  async function save (report: Report, keptAt: number): Promise<void> {
    const stored = withNewSchemas(report)
    const content = seal(JSON.stringify(stored))
    await writeDurably(files, dir, fileOf(report.report_id), content)
    for (const [name, schema] of Object.entries(stored.schemas)) schemas.set(name, schemaText(schema))
    latest = stored
    entries.set(report.report_id, { bytes: Buffer.byteLength(content), keptAt })
  }

  async function saveUnsaved (): Promise<void> {
    for (const id of inOrder()) {
      const { unsaved, keptAt } = entries.get(id)!
      if (unsaved !== undefined) await save(unsaved, keptAt!)
    }
  }

  /** Whatever is neither kept, nor counted, nor ours goes to bad/, unless it can't be moved. */
  async function setBadAside (name: string): Promise<void> {
    schemas = new Map()
    await setAside(files, join(dir, name), join(dir, 'bad'), name).then(() => onEvent({ type: 'damaged', file: name }), () => {})
  }

  /** By how long it was seen here: the wall clock may have jumped, and the file be another process's of this moment. */
  async function sweep (name: string): Promise<void> {
    if (!temporary.has(name)) temporary.set(name, uptime())
    if (uptime() - temporary.get(name)! < temporaryMs) return
    await removeFile(files, join(dir, name))
    temporary.delete(name)
  }

  async function letGo (id: string): Promise<void> {
    entries.delete(id)
    if (latest?.report_id === id) latest = undefined
    await removeFile(files, path(id)).then(() => gone.delete(id), () => gone.add(id))
  }

  async function refresh (): Promise<void> {
    let found
    try {
      found = await files.readdir(dir, { withFileTypes: true })
    } catch (error) {
      if (!isMissing(error)) diskFailed(error)
      found = isMissing(error) ? [] : undefined
    }
    if (found === undefined) return
    const told = await dropped.load(found.some(({ name }) => name === ledgerName))
    counted ??= new Set(told)
    const there = new Set<string>()
    for (const entry of found) {
      const { name } = entry
      const id = idOf(name)
      if (entry.isDirectory() || name === ledgerName) continue
      if (isTemporary(name)) await sweep(name).catch(() => {})
      else if (id === undefined || !entry.isFile()) await setBadAside(name)
      else if (gone.has(id) || counted.has(id)) await letGo(id)
      else if (!skipped.has(id)) {
        there.add(id)
        if (!entries.has(id)) {
          const bytes = await files.stat(path(id)).then(({ size }) => size, () => 0)
          entries.set(id, { bytes })
        }
      }
    }
    for (const name of temporary.keys()) if (!found.some((entry) => entry.name === name)) temporary.delete(name)
    for (const [id, { unsaved }] of entries) if (unsaved === undefined && !there.has(id)) entries.delete(id)
  }

  return {
    get size () { return entries.size },

    refresh,

    async keep (report) {
      const told = await dropped.tell(report)
      try {
        await saveUnsaved()
        await save(told, uptime())
        diskWorks()
        return true
      } catch (error) {
        diskFailed(error)
        entries.set(report.report_id, { bytes: 0, keptAt: uptime(), unsaved: told })
        return false
      }
    },

    async take ({ reports: most, bytes }) {
      const reports: Report[] = []
      for (const id of inOrder()) {
        const entry = entries.get(id)!
        bytes -= entry.bytes
        if (reports.length > 0 && (reports.length >= most || bytes < 0)) break
        const held = entry.unsaved ?? (latest?.report_id === id ? latest : undefined)
        if (held !== undefined) {
          reports.push(held)
          continue
        }
        try {
          const report = entry.bytes > mostFileBytes ? undefined : unsealReport(await files.readFile(path(id), 'utf8'), id)
          if (report !== undefined) {
            reports.push(report)
            continue
          }
          await setBadAside(fileOf(id))
        } catch (error) {
          if (!isMissing(error)) onEvent({ type: 'disk-failed', error: new TatuScanError('TATUSCAN_SPOOL_FAILED', `${path(id)} can't be read, and is left alone: ${messageOf(error)}`) })
        }
        entries.delete(id)
        skipped.add(id)
      }
      return reports
    },

    async remove (reports) {
      for (const report of reports) {
        await dropped.arrived(report)
        await letGo(report.report_id)
      }
    },

    async reject (report, why) {
      const id = report.report_id
      onEvent({ type: 'refused', reportId: id, why })
      schemas = new Map()
      entries.delete(id)
      await setAside(files, path(id), join(dir, 'rejected'), fileOf(id)).catch((error: unknown) => { if (!isMissing(error)) skipped.add(id) })
    },

    async bound (underWay) {
      const ids = inOrder()
      let { length } = ids
      let bytes = ids.reduce((sum, id) => sum + entries.get(id)!.bytes, 0)
      let unsaved = ids.filter((id) => entries.get(id)!.unsaved !== undefined).length
      const victims = ids.filter((id) => {
        const entry = entries.get(id)!
        const ageMs = entry.keptAt === undefined ? now() - madeAt(id) : uptime() - entry.keptAt
        const over = length > maxReports || bytes > maxBytes || ageMs > maxAgeMs || (entry.unsaved !== undefined && unsaved > mostUnsaved)
        if (!over) return false
        length--
        bytes -= entry.bytes
        if (entry.unsaved !== undefined) unsaved--
        return !underWay.has(id)
      })
      if (victims.length === 0) return
      const saved = victims.filter((id) => entries.get(id)!.unsaved === undefined)
      const held = victims.filter((id) => entries.get(id)!.unsaved !== undefined)
      try {
        if (saved.length > 0) await dropped.count(saved)
      } catch (error) {
        diskFailed(error)
        return
      }
      for (const id of saved) await letGo(id)
      for (const id of held) entries.delete(id)
      if (held.length > 0) dropped.countInMemory(held.length)
      schemas = new Map()
      onEvent({ type: 'dropped', reports: victims.length, total: dropped.total })
    }
  }
}
