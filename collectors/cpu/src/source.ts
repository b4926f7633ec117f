import type { Processor } from './processor.ts'
import type { CpuFacts } from './schema.ts'
import type { CpuTimes } from './use.ts'

export type Loads = Pick<CpuFacts, 'load_1' | 'load_5' | 'load_15'>

/** Where a platform tells of its processor. */
export interface CpuSource {
  /** Cheap; read on every run. @throws where the platform does not tell */
  times (): Promise<CpuTimes>
  /** Averages of how many programs ran or wanted to; null where the platform has none. */
  loads (): Promise<Loads>
  /** Dear on some platforms; read once. */
  processor (): Promise<Processor>
}

export const noLoads: Loads = { load_1: null, load_5: null, load_15: null }
