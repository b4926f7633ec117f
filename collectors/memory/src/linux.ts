import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MemoryFacts } from './schema.ts'

/** Reads `/proc/meminfo` below `root`, at once: it is the kernel's memory. */
export async function readLinux (root: string): Promise<MemoryFacts> {
  return parseMeminfo(readFileSync(join(root, 'proc/meminfo'), 'utf8'))
}

/**
 * @param meminfo the text of /proc/meminfo, in kB
 * @throws where it has no MemTotal
 */
export function parseMeminfo (meminfo: string): MemoryFacts {
  const kibibytes = new Map([...meminfo.matchAll(/^([^:\n]+):\s+(\d+)/gm)].map(([, name, amount]) => [name, Number(amount)]))
  const of = (name: string): number => kibibytes.get(name) ?? 0
  if (of('MemTotal') === 0) throw new Error('/proc/meminfo has no MemTotal')
  // Kernels before 3.14 tell no MemAvailable; free(1) then estimates it like this.
  const available = kibibytes.get('MemAvailable') ?? of('MemFree') + of('Buffers') + of('Cached')
  return {
    total_mb: mebibytes(of('MemTotal')),
    used_mb: mebibytes(Math.max(0, of('MemTotal') - available)),
    available_mb: mebibytes(available),
    swap_total_mb: mebibytes(of('SwapTotal')),
    swap_used_mb: mebibytes(Math.max(0, of('SwapTotal') - of('SwapFree')))
  }
}

function mebibytes (kibibytes: number): number {
  return Math.floor(kibibytes / 1024)
}
