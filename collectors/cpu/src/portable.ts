import type os from 'node:os'
import { oneLine } from './processor.ts'
import { noLoads, type CpuSource, type Loads } from './source.ts'
import type { CpuTimes } from './use.ts'

/** What node:os tells without a child process; systeminformation knows the physical cores, at the price of one. */
export function portableSource (
  platform: NodeJS.Platform, node: Pick<typeof os, 'cpus' | 'loadavg'>, systeminformation: () => Promise<Pick<typeof import('systeminformation'), 'cpu'>>
): CpuSource {
  return {
    times: async () => sumTimes(node.cpus()),
    // Windows has no load averages, and node:os shows that as 0.
    loads: async () => platform === 'win32' ? noLoads : shapeLoads(node.loadavg()),
    processor: async () => {
      const cores = node.cpus()
      const { physicalCores } = await (await systeminformation()).cpu()
      return { model: oneLine(cores[0]?.model), physical_cores: physicalCores > 0 ? physicalCores : null, logical_cores: cores.length || null }
    }
  }
}

/**
 * @param cores what node:os tells of each core, in milliseconds
 * @throws where it tells none
 */
export function sumTimes (cores: ReadonlyArray<Pick<os.CpuInfo, 'times'>>): CpuTimes {
  if (cores.length === 0) throw new Error('node:os tells no processor')
  const sum = (kind: keyof os.CpuInfo['times']): number => cores.reduce((total, { times }) => total + times[kind], 0)
  return { busy: [sum('user'), sum('nice'), sum('sys'), sum('irq')], idle: [sum('idle')], cores: cores.length }
}

function shapeLoads ([load_1, load_5, load_15]: readonly number[]): Loads {
  const two = (load: number | undefined): number | null => load === undefined ? null : Math.round(load * 100) / 100
  return { load_1: two(load_1), load_5: two(load_5), load_15: two(load_15) }
}
