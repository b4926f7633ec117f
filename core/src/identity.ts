import { createHash, randomBytes } from 'node:crypto'
import type { FactsByCollector } from './report.ts'

/** How a machine_id was found, the best way first. */
export type IdentityBasis = 'physical-macs' | 'os-machine-id' | 'random'

export interface Identity {
  /** 64 lower case hexadecimal digits. */
  readonly machine_id: string
  readonly basis: IdentityBasis
  /** What the id was derived from: MACs, or the operating system's machine id. Empty for a random one. */
  readonly evidence: readonly string[]
}

/** One for the life of the process, so that a machine without evidence stays one machine. */
let random: string | undefined

/**
 * Tells which machine these facts are about: SHA-256 of the physical MACs exactly as the original's agent derives it,
 * else of `tatuscan:` and the operating system's machine id, else a random id.
 */
export function identify ({ network, os }: FactsByCollector): Identity {
  const macs = strings(network?.physical_macs)
  if (macs.length > 0) return { machine_id: sha256(macs.join('|')), basis: 'physical-macs', evidence: macs }
  const osMachineId = os?.machine_id
  if (typeof osMachineId === 'string' && osMachineId !== '') {
    return { machine_id: sha256(`tatuscan:${osMachineId}`), basis: 'os-machine-id', evidence: [osMachineId] }
  }
  random ??= randomBytes(32).toString('hex')
  return { machine_id: random, basis: 'random', evidence: [] }
}

function strings (fact: unknown): string[] {
  return Array.isArray(fact) ? fact.filter((item) => typeof item === 'string' && item !== '').map((item: string) => item.toLowerCase()).sort() : []
}

function sha256 (text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
