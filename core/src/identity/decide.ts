import type { Evidence, Sighting } from './evidence.ts'
import { deriveIdentity, type Identity, type IdentityBasis } from './identify.ts'

/** An identity as the state folder keeps it, with the evidence by which a clone is told. */
export interface KeptIdentity {
  readonly machine_id: string
  readonly basis: IdentityBasis
  readonly evidence: Evidence
  /** When it was first kept, ISO 8601 in UTC. */
  readonly since: string
}

/** Which machine this is, and what became of the identity that was kept. */
export interface IdentityDecision extends Identity {
  /** What became of the kept identity: it holds, there was none, or it was another machine's. */
  readonly outcome: 'kept' | 'new' | 'renewed'
  /** Why, as a sentence without its full stop. */
  readonly why: string
  /** What this waits for, since the id may be another one then; undefined once it is settled. */
  readonly pending?: string
  /** What the state folder should hold from now on; undefined where this is not to be kept. */
  readonly keep?: KeptIdentity
}

/**
 * Decides which machine this is, by what is kept and what is seen.
 *
 * What is kept holds, whatever became of NICs and names, until the operating system's machine id or the hardware UUID
 * is another one: then the disk was cloned or moved, and the evidence of now decides. What is unknown on either side
 * contradicts nothing, and is learned once it is known.
 */
export function decideIdentity (kept: KeptIdentity | undefined, seen: Sighting, now: () => number = Date.now): IdentityDecision {
  const contradiction = kept === undefined ? undefined : contradictionOf(kept.evidence, seen)
  if (kept !== undefined && contradiction === undefined) return hold(kept, seen)

  const shared = kept !== undefined && kept.evidence.os_machine_id === seen.os_machine_id
  const identity = deriveIdentity(seen, { shared })
  const pending = pendingOf(identity, seen)
  // Without the collector network nobody knows whether there is a NIC: the next run with it may tell.
  const settled = pending === undefined && (identity.basis === 'physical-macs' || seen.absent.length === 0)
  return {
    ...identity,
    outcome: kept === undefined ? 'new' : 'renewed',
    why: contradiction === undefined ? 'no identity was kept before' : `the kept identity is another machine's: ${contradiction}`,
    ...pending !== undefined && { pending },
    ...settled && {
      keep: { machine_id: identity.machine_id, basis: identity.basis, evidence: evidenceOf(seen), since: new Date(now()).toISOString() }
    }
  }
}

function hold (kept: KeptIdentity, seen: Sighting): IdentityDecision {
  const { machine_id, basis, evidence } = kept
  const learned: Evidence = {
    physical_macs: evidence.physical_macs.length > 0 ? evidence.physical_macs : seen.physical_macs,
    os_machine_id: evidence.os_machine_id ?? seen.os_machine_id,
    hardware_uuid: evidence.hardware_uuid ?? seen.hardware_uuid
  }
  return {
    machine_id,
    basis,
    evidence: derivedFrom(basis, evidence),
    outcome: 'kept',
    why: 'nothing tells that this is another machine than the one whose identity is kept',
    // A clone would be told by what failed.
    ...seen.failed.includes('os') && { pending: 'the collector os failed' },
    keep: { ...kept, evidence: learned }
  }
}

function contradictionOf (kept: Evidence, seen: Evidence): string | undefined {
  const names = { os_machine_id: "the operating system's machine id", hardware_uuid: 'the hardware UUID' } as const
  for (const key of ['os_machine_id', 'hardware_uuid'] as const) {
    if (kept[key] !== null && seen[key] !== null && kept[key] !== seen[key]) return `${names[key]} was ${kept[key]} and is ${seen[key]}`
  }
  return undefined
}

function pendingOf ({ basis }: Identity, { failed, awaited_nics: nics }: Sighting): string | undefined {
  if (basis === 'physical-macs') return undefined
  if (failed.includes('network')) return 'the collector network failed'
  if (nics.length > 0) return `${nics.join(', ')} ${nics.length === 1 ? 'has' : 'have'} no IPv4 yet`
  return basis === 'random' && failed.includes('os') ? 'the collector os failed' : undefined
}

function derivedFrom (basis: IdentityBasis, { physical_macs: macs, os_machine_id: osMachineId, hardware_uuid: uuid }: Evidence): readonly string[] {
  if (basis === 'physical-macs') return macs
  const parts = basis === 'os-machine-id' ? [osMachineId] : basis === 'os-machine-id-and-hardware-uuid' ? [osMachineId, uuid] : []
  return parts.filter((part) => part !== null)
}

function evidenceOf ({ physical_macs, os_machine_id, hardware_uuid }: Sighting): Evidence {
  return { physical_macs, os_machine_id, hardware_uuid }
}
