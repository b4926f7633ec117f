import { setTimeout as wait } from 'node:timers/promises'
import { percentBetween, type CpuTimes } from './use.ts'

/** What was measured up to now, and the cores it was measured on. */
export interface Use {
  readonly percent: number | null
  readonly cores: number
}

interface Sample {
  readonly at: number
  readonly times: CpuTimes
}

/**
 * Makes a function that measures use since its last call: the first time, and where calls come closer than `windowMs`,
 * it waits until the window is that long.
 */
export function measureUse (read: () => Promise<CpuTimes>, windowMs: number): (signal: AbortSignal) => Promise<Use> {
  const sample = async (): Promise<Sample> => ({ at: performance.now(), times: await read() })
  let last: Sample | undefined
  return async (signal) => {
    const before = last ?? await sample()
    last ??= before
    const missingMs = Math.ceil(before.at + windowMs - performance.now())
    if (missingMs > 0) await wait(missingMs, undefined, { signal })
    const after = await sample()
    if (after.at > last.at) last = after
    return { percent: percentBetween(before.times, after.times), cores: after.times.cores }
  }
}
