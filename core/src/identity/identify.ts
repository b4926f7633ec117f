import type { FactsByCollector } from '../report.ts'
import { readEvidence, type Evidence } from './evidence.ts'

/** How a machine_id was found, the best way first. */
export type IdentityBasis = 'physical-macs' | 'os-machine-id' | 'os-machine-id-and-hardware-uuid' | 'random'

/** A machine id and what it comes from. */
export interface Identity {
  /** 64 lower case hexadecimal digits. */
  readonly machine_id: string
  readonly basis: IdentityBasis
  /** What the id was derived from: MACs, or the operating system's machine id, or that and the hardware's. Empty for a random one. */
  readonly evidence: readonly string[]
}

/** One for the life of the process, so that a machine without evidence stays one machine. */
let random: string | undefined

/**
 * Tells which machine these facts are about: SHA-256 of the physical MACs exactly as the original's agent derives it,
 * else of `tatuscan:` and the operating system's machine id, else a random id.
 */
export function identify (facts: FactsByCollector): Identity {
  return deriveIdentity(readEvidence(facts))
}

/**
 * Derives an id from evidence.
 *
 * @param shared the operating system's machine id is known to be another machine's too, as in a golden image: where
 *   there is a hardware UUID it joins in. The same clone gets the same id each time.
 */
export function deriveIdentity ({ physical_macs: macs, os_machine_id: osMachineId, hardware_uuid: uuid }: Evidence, { shared = false } = {}): Identity {
  if (macs.length > 0) return { machine_id: sha256(macs.join('|')), basis: 'physical-macs', evidence: macs }
  if (osMachineId !== null && shared && uuid !== null) {
    return { machine_id: sha256(`tatuscan:${osMachineId}|${uuid}`), basis: 'os-machine-id-and-hardware-uuid', evidence: [osMachineId, uuid] }
  }
  if (osMachineId !== null) return { machine_id: sha256(`tatuscan:${osMachineId}`), basis: 'os-machine-id', evidence: [osMachineId] }
  random ??= crypto().randomBytes(32).toString('hex')
  return { machine_id: random, basis: 'random', evidence: [] }
}

function sha256 (text: string): string {
  return crypto().hash('sha256', text)
}

/** Loaded where it is needed: once an identity is kept, no start has to wait for it. */
function crypto (): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}
