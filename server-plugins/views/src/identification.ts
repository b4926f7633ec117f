import { deriveIdentity, readEvidence, type Machine } from '@tatuscan/core'
import type { Catalogue } from './locales/index.ts'

/** What identifies a machine, in a sentence: found by deriving its id again from the facts that it tells. */
export function identification ({ machine_id: id, facts }: Machine, t: Catalogue): string {
  const { how } = t.machine
  if (facts?.network === undefined && facts?.os === undefined) return how.untold
  const evidence = readEvidence(facts)
  for (const [part, shared] of [[evidence, false], [{ ...evidence, physical_macs: [] }, false], [{ ...evidence, physical_macs: [] }, true]] as const) {
    const { machine_id, basis, evidence: found } = deriveIdentity(part, { shared })
    if (machine_id !== id) continue
    if (basis === 'physical-macs') return how.macs(found.length, found.join(', '))
    return basis === 'os-machine-id' ? how.system(found[0]!) : how.systemAndHardware(found.join(', '))
  }
  return how.kept
}
