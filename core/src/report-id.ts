import { closeSync, openSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './make-folder.ts'

/** Later times are no clock's; an id of one would leave no room for the next. */
const lastTime = 2 ** 48 - 2 ** 32

/**
 * Makes UUIDv7s that increase strictly, whatever the wall clock does: when it stands still or goes back, the last
 * id's own time goes on by a millisecond. RFC 9562, section 5.7.
 *
 * @param after the last id that was given out before, where there was one
 */
export function createReportIds (after?: string, now: () => number = Date.now): () => string {
  let last = timeOf(after)
  return () => {
    last = Math.max(last + 1, now())
    return idAt(last)
  }
}

/** Where the last report id is kept. */
export interface KeepReportIdsOptions {
  /** The agent's state folder; made where it is missing. */
  readonly folder: string
  /** The wall clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}

/** Report ids that increase strictly over the restarts of an agent. */
export interface KeptReportIds {
  next (): string
  /** Goes on after an id, such as the newest that the server has: it may know more than a lost state folder. */
  goOnAfter (id: string): void
}

/**
 * Makes report ids that increase strictly, across restarts too: the last one is in the file `report-id` of the state
 * folder, shared by all processes that use it. Where the folder can't be used they still follow the clock.
 */
export function keepReportIds ({ folder, now = Date.now }: KeepReportIdsOptions): KeptReportIds {
  const path = join(folder, 'report-id')
  let last = -1

  /** Takes note of the id in the file, and keeps the one that is chosen then. */
  function update (choose: () => string): string {
    const file = openFile(path)
    try {
      const kept = file === undefined ? '' : readText(file)
      last = Math.max(last, timeOf(kept))
      const id = choose()
      keep(id, kept.length === lineBytes ? file : undefined)
      return id
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }

  /**
   * An id takes the place of another by one write of the same length, so that whoever ends when, there is always a whole
   * one. Not synced: after a crash of the machine the clock, or the server's newest id, is as good.
   */
  function keep (id: string, file: number | undefined): void {
    const line = `${id}\n`
    try {
      if (file !== undefined) {
        writeSync(file, line, 0)
        return
      }
      makeFolder(folder)
      writeFileSync(`${path}.${process.pid}.tmp`, line, { mode: 0o600 })
      renameSync(`${path}.${process.pid}.tmp`, path)
    } catch {}
  }

  return {
    next: () => update(() => idAt(last = Math.max(last + 1, now()))),
    goOnAfter (id) {
      if (timeOf(id) > last) update(() => idAt(last = Math.max(last, timeOf(id))))
    }
  }
}

/** An id, and the end of the line. */
const lineBytes = 37

function openFile (path: string): number | undefined {
  try {
    return openSync(path, 'r+')
  } catch {
    return undefined // none yet, or none to be had
  }
}

function readText (file: number): string {
  const buffer = Buffer.alloc(64)
  try {
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0))
  } catch {
    return ''
  }
}

/** @returns -1 for what is no id of ours */
function timeOf (id: string | undefined): number {
  if (id === undefined || !/^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id)) return -1
  const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return time < lastTime ? time : -1
}

/** The random part tells agents apart, and is no secret: loading node:crypto for it would take a tenth of the start-up. */
function idAt (time: number): string {
  const hex = hexDigits(time)
  const [a, b] = [hexDigits(Math.random() * 2 ** 48), hexDigits(Math.random() * 2 ** 48)]
  const variant = '89ab'[Math.floor(Math.random() * 4)]
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${a.slice(0, 3)}-${variant}${a.slice(3, 6)}-${b}`
}

/** 12 of them. */
function hexDigits (number: number): string {
  return Math.floor(number).toString(16).padStart(12, '0')
}
