import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shapeProcessor } from './processor.ts'
import { noLoads, type CpuSource, type Loads } from './source.ts'
import type { CpuTimes } from './use.ts'

/** Reads `/proc` and `/sys` below `root`, at once: they are the kernel's memory, and the thread pool would cost more. */
export function linuxSource (root: string): CpuSource {
  return {
    times: async () => parseStat(readFileSync(join(root, 'proc/stat'), 'utf8')),
    loads: async () => parseLoadavg(readOr('', join(root, 'proc/loadavg'))),
    processor: async () => shapeProcessor(readOr('', join(root, 'proc/cpuinfo')), readSiblings(join(root, 'sys/devices/system/cpu')))
  }
}

/**
 * @param stat the text of /proc/stat; its units are ticks
 * @throws where it has no line for all cores
 */
export function parseStat (stat: string): CpuTimes {
  const line = /^cpu +(\d[\d ]*)$/m.exec(stat)?.[1]
  if (line === undefined) throw new Error('/proc/stat has no cpu line')
  // Kernels before 2.6.33 tell fewer. What follows steal, the guests' time, is contained in user and nice.
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line.trim().split(/ +/).map(Number)
  return { busy: [user, nice, system, irq, softirq, steal], idle: [idle, iowait], cores: stat.match(/^cpu\d+ /gm)?.length ?? 0 }
}

/** @param loadavg the text of /proc/loadavg: `0.35 0.20 0.23 1/140 16826` */
export function parseLoadavg (loadavg: string): Loads {
  const found = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+)\b/.exec(loadavg)
  return found === null ? noLoads : { load_1: Number(found[1]), load_5: Number(found[2]), load_15: Number(found[3]) }
}

function readSiblings (folder: string): string[] {
  let cores: string[]
  try {
    cores = readdirSync(folder).filter((name) => /^cpu\d+$/.test(name))
  } catch {
    return []
  }
  const siblings = cores.map((core) => readOr('', join(folder, core, 'topology/thread_siblings_list')))
  return siblings.filter((list) => list !== '') // a core that is switched off has none
}

function readOr (otherwise: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
