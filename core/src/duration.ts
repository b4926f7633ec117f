import { TatuScanError } from './errors.ts'

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Reads a duration as people write it: `60s`, `2m`, `1h`, `1h30m`, `500ms`.
 *
 * @returns milliseconds, above 0 and at most 24.8 days (what a timer can hold)
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function parseDuration (text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  const milliseconds = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0)
  if (parts.map(([part]) => part).join('') !== text || !(milliseconds >= 1) || milliseconds > 2 ** 31 - 1) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `a duration such as 60s, 2m or 1h (at most 24d) is needed; got ${JSON.stringify(text)}`)
  }
  return milliseconds
}
