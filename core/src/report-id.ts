import { randomBytes } from 'node:crypto'

/**
 * Makes UUIDv7s that increase strictly, whatever the wall clock does: when it stands still or goes back, the last
 * id's own time goes on by a millisecond. RFC 9562, section 5.7.
 *
 * @param after the last id that was given out before, where there was one
 */
export function createReportIds (after?: string, now: () => number = Date.now): () => string {
  let last = after === undefined ? -1 : Number.parseInt(after.replaceAll('-', '').slice(0, 12), 16)
  return () => {
    last = Math.max(last + 1, now())
    const bytes = randomBytes(16)
    bytes.writeUIntBE(last, 0, 6)
    bytes[6] = (bytes[6]! & 0x0f) | 0x70
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}
