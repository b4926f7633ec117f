import type { Collector } from '@tatuscan/core'
import { readLinux } from './linux.ts'
import { shapeMem } from './portable.ts'
import { schema, type MemoryFacts } from './schema.ts'

export type { MemoryFacts } from './schema.ts'

/** Where the memory collector looks; tests put recorded machines there. */
export interface MemoryOptions {
  /** The platform to read as. @default process.platform */
  readonly platform?: NodeJS.Platform
  /** The folder in which `/proc` is found, on Linux. @default '/' */
  readonly root?: string
  /** What answers where the platform is not Linux. @default the package systeminformation */
  readonly systeminformation?: () => Promise<Pick<typeof import('systeminformation'), 'mem'>>
}

/** Memory: total, used (total less available, as `free` prints it), available and swap, in MiB. */
export function memory ({
  platform = process.platform, root = '/', systeminformation = () => import('systeminformation')
}: MemoryOptions = {}): Collector<MemoryFacts> {
  return {
    name: 'memory',
    schema,
    async collect () {
      if (platform === 'linux') return await readLinux(root)
      return shapeMem(await (await systeminformation()).mem())
    }
  }
}

export default memory
