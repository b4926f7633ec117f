import nodeOs from 'node:os'
import { TatuScanError, type Collector } from '@tatuscan/core'
import { linuxSource } from './linux.ts'
import { portableSource } from './portable.ts'
import type { Processor } from './processor.ts'
import { schema, type CpuFacts } from './schema.ts'
import { measureUse } from './window.ts'

export type { CpuFacts } from './schema.ts'

/** Where the cpu collector looks; tests put recorded machines there. */
export interface CpuOptions {
  /** The platform to read as. @default process.platform */
  readonly platform?: NodeJS.Platform
  /** The folder in which `/proc` and `/sys` are found, on Linux. @default '/' */
  readonly root?: string
  /** What tells times, model and load where the platform is not Linux. @default node:os */
  readonly os?: Pick<typeof nodeOs, 'cpus' | 'loadavg'>
  /** What tells the physical cores where the platform is not Linux. @default the package systeminformation */
  readonly systeminformation?: () => Promise<Pick<typeof import('systeminformation'), 'cpu'>>
  /** The shortest time over which use is measured, in milliseconds. @default 100 */
  readonly windowMs?: number
}

/**
 * The processor: model, cores, use in percent, and load averages. Use is that since the last run; the first run waits
 * for `windowMs`.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function cpu ({
  platform = process.platform, root = '/', os = nodeOs, systeminformation = () => import('systeminformation'), windowMs = 100
}: CpuOptions = {}): Collector<CpuFacts> {
  if (!Number.isInteger(windowMs) || windowMs < 1) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `windowMs must be a whole number of milliseconds above 0; got ${JSON.stringify(windowMs)}`)
  }
  const source = platform === 'linux' ? linuxSource(root) : portableSource(platform, os, systeminformation)
  const measure = measureUse(source.times, windowMs)
  let processor: Promise<Processor> | undefined

  return {
    name: 'cpu',
    schema,
    async collect ({ signal }) {
      processor ??= source.processor()
      try {
        const [{ percent, cores }, { model, physical_cores, logical_cores }, loads] = await Promise.all([measure(signal), processor, source.loads()])
        if (cores !== logical_cores) processor = undefined // cores came or went: the next run looks again
        return { model, physical_cores, logical_cores: cores || logical_cores, percent, ...loads }
      } catch (error) {
        processor = undefined
        throw error
      }
    }
  }
}

export default cpu
