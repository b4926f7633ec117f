import type { Systeminformation } from 'systeminformation'
import type { MemoryFacts } from './schema.ts'

/**
 * Shapes what systeminformation says on Windows and macOS. It tells bytes, and never rejects.
 *
 * @throws where it could not find out, which it shows as 0
 */
export function shapeMem ({ total, available, swaptotal, swapused }: Systeminformation.MemData): MemoryFacts {
  if (!(total > 0) || !(available >= 0)) throw new Error('systeminformation could not tell the memory')
  return {
    total_mb: mebibytes(total),
    used_mb: mebibytes(Math.max(0, total - available)),
    available_mb: mebibytes(available),
    swap_total_mb: mebibytes(Math.max(0, swaptotal)),
    swap_used_mb: mebibytes(Math.max(0, swapused))
  }
}

function mebibytes (bytes: number): number {
  return Math.floor(bytes / 1_048_576)
}
