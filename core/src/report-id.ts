import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

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

  function catchUp (): void {
    try {
      last = Math.max(last, timeOf(readFileSync(path, 'utf8').trim()))
    } catch {} // none yet, or none to be had
  }

  /** Not synced: after a crash of the machine the clock, or the server's newest id, is as good. */
  function keep (id: string): void {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(`${path}.${process.pid}.tmp`, `${id}\n`, { mode: 0o600 })
      renameSync(`${path}.${process.pid}.tmp`, path)
    } catch {}
  }

  return {
    next () {
      catchUp()
      last = Math.max(last + 1, now())
      const id = idAt(last)
      keep(id)
      return id
    },
    goOnAfter (id) {
      catchUp()
      if (timeOf(id) <= last) return
      last = timeOf(id)
      keep(id)
    }
  }
}

/** @returns -1 for what is no id of ours */
function timeOf (id: string | undefined): number {
  if (id === undefined || !/^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id)) return -1
  const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return time < lastTime ? time : -1
}

function idAt (time: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(time, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
