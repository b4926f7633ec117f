/** @param stat the text of /proc/stat, whose `btime` are seconds since 1970 */
export function bootTimeIn (stat = ''): string | null {
  const seconds = Number(/^btime (\d{1,10})$/m.exec(stat)?.[1] ?? 0)
  return seconds > 0 ? instantOf(seconds) : null
}

/**
 * When the machine started, told from its uptime. The two clocks drift apart, so what was told before holds
 * until they differ by a minute.
 *
 * @param before what this told the last time, in seconds since 1970
 */
export function bootSeconds (nowMs: number, uptimeS: number, before: number | undefined): number {
  const seconds = Math.round(nowMs / 1000 - uptimeS)
  return before !== undefined && Math.abs(seconds - before) < 60 ? before : seconds
}

/** ISO 8601, UTC, to the second. */
export function instantOf (seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
