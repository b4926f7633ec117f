import { invalidRequest } from './http-error.ts'
import { parseInstant } from './zoned-time.ts'

/**
 * A computer's activation date as a request gives it: whatever {@link parseInstant} reads; null or '' is unknown.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST
 */
export function readActivation (given: string | number | null, timeZone: string): Date | null {
  if (given === null || given === '') return null
  const instant = parseInstant(given, timeZone)
  if (instant === undefined) {
    throw invalidRequest([{ instancePath: '/computer_activation', message: 'must be a date: ISO 8601, YYYY-MM-DD, DD/MM/YYYY or seconds since 1970' }])
  }
  return instant
}
