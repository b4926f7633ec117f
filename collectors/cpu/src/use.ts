/** What all cores together have spent since the start, in whatever unit the platform counts. */
export interface CpuTimes {
  readonly busy: readonly number[]
  readonly idle: readonly number[]
  /** How many logical cores there are. */
  readonly cores: number
}

/**
 * How much of all cores was in use between two readings, in percent with one decimal. A counter that went backwards
 * (iowait may, and a core may leave) counts as standing still.
 *
 * @returns null where no time passed
 */
export function percentBetween (before: CpuTimes, after: CpuTimes): number | null {
  const busy = growth(before.busy, after.busy)
  const total = busy + growth(before.idle, after.idle)
  return total > 0 ? Math.round(busy / total * 1000) / 10 : null
}

function growth (before: readonly number[], after: readonly number[]): number {
  return after.reduce((sum, counter, index) => sum + Math.max(0, counter - (before[index] ?? 0)), 0)
}
