import { join } from 'node:path'
import {
  collectReport, containerWarning, keepIdentity, listedInterfaces, readEvidence, readKeptIdentity, stateFolder,
  type Collector, type FactsByCollector, type IdentityBasis, type IdentityDecision, type KeptIdentity, type ListedInterface, type Sighting
} from '@tatuscan/core'
import { sectionsText, shown, type Row } from './report-table.ts'

/** Everything there is to say of which machine this is; `--json` prints it as it is. */
export interface ExplainedIdentity {
  readonly machine_id: string
  readonly basis: IdentityBasis
  /** What the id was derived from. */
  readonly evidence: readonly string[]
  readonly outcome: IdentityDecision['outcome']
  readonly why: string
  /** What the id still waits for; null once it is settled. */
  readonly pending: string | null
  /** Where and since when it is kept; null where it isn't. */
  readonly kept: { readonly file: string, readonly since: string, readonly evidence: KeptIdentity['evidence'] } | null
  /** The evidence of now. */
  readonly seen: Sighting
  readonly passed_over: readonly ListedInterface[]
  readonly warnings: readonly string[]
}

/**
 * Runs the collectors that know, and explains what becomes of what they tell.
 *
 * @throws {TatuScanError} TATUSCAN_NO_IDENTITY, TATUSCAN_NO_FACTS
 */
export async function explainIdentity ({ collectors, timeoutMs }: { collectors: readonly Collector[], timeoutMs: number }): Promise<ExplainedIdentity> {
  const folder = stateFolder()
  const warnings: string[] = []
  const decide = keepIdentity({ folder, onWarning: (message) => warnings.push(message) })
  const witnesses = collectors.filter(({ name }) => name === 'network' || name === 'os')
  let told: FactsByCollector = {}
  let seen = readEvidence({})
  let decision: IdentityDecision | undefined
  const identify = (facts: FactsByCollector, failures: Parameters<typeof decide>[1]): IdentityDecision => {
    told = facts
    seen = readEvidence(facts, failures)
    decision = decide(facts, failures)
    return decision
  }
  const { failures } = await collectReport({ collectors: witnesses, timeoutMs, identify })
  const { machine_id, basis, evidence, outcome, why, pending = null } = decision!
  const onDisk = keptOnDisk(folder)
  const container = containerWarning({ os: told.os, folder, evidence: onDisk?.evidence ?? seen })
  return {
    machine_id,
    basis,
    evidence,
    outcome,
    why,
    pending,
    kept: onDisk?.machine_id === machine_id ? { file: join(folder, 'identity.json'), since: onDisk.since, evidence: onDisk.evidence } : null,
    seen,
    passed_over: listedInterfaces(told.network?.interfaces).filter(({ passed_over: reason }) => reason !== null),
    warnings: [
      ...warnings,
      ...failures.map(({ collector, message }) => `the collector ${collector} failed: ${message}`),
      ...container === undefined ? [] : [container],
      ...container === undefined && basis === 'os-machine-id' ? [imageWarning(seen)] : []
    ]
  }
}

/** Without a NIC nothing tells apart machines that were made from one image together with its machine id. */
function imageWarning ({ hardware_uuid: uuid }: Sighting): string {
  const told = uuid === null
    ? 'the hardware UUID, which would tell them apart once the identity is kept, is unknown (on Linux only root may read it)'
    : 'only one that was made from an image with a kept identity is told apart, by its hardware UUID'
  return `no physical NIC tells this machine from others with the same operating system's machine id: ${told}. Where machines are made from an image, let each have a machine id of its own`
}

function keptOnDisk (folder: string): KeptIdentity | undefined {
  try {
    return readKeptIdentity(folder)
  } catch {
    return undefined // a warning has said so
  }
}

const bases: Record<IdentityBasis, string> = {
  'physical-macs': "its physical NICs' MACs, as the original's agent derives it",
  'os-machine-id': "the operating system's machine id, since no physical NIC counts",
  'os-machine-id-and-hardware-uuid': "the operating system's machine id, which another machine has too, and the hardware's UUID",
  random: 'chance, since there is no evidence'
}

/** The same for people. */
export function identityTable ({ machine_id, basis, outcome, why, pending, kept, seen, passed_over, warnings }: ExplainedIdentity): string {
  const evidence: Row[] = [
    ['Physical MACs', both(kept?.evidence.physical_macs, seen.physical_macs)],
    ["System's machine id", both(kept?.evidence.os_machine_id, seen.os_machine_id)],
    ['Hardware UUID', both(kept?.evidence.hardware_uuid, seen.hardware_uuid)]
  ]
  const sections: [string, Row[]][] = [
    ['Identity', [
      ['Machine id', machine_id],
      ['Derived from', bases[basis] ?? basis],
      ['Why', `${outcome}: ${why}`],
      ['Kept', kept === null ? 'no' : `since ${kept.since} in ${kept.file}`],
      ...pending === null ? [] : [['May change', pending] as Row]
    ].map(([label, value]): Row => [label!, shown(value)])],
    [kept === null ? 'Evidence' : 'Evidence, as kept and as it is now', evidence],
    ...passed_over.length === 0 ? [] : [['Passed over', passed_over.map(({ name, mac, passed_over: reason }): Row => [name, shown(mac === null ? reason : `${mac}  ${reason}`)])] as [string, Row[]]],
    ...warnings.length === 0 ? [] : [['Warnings', warnings.map((warning): Row => ['', shown(warning)])] as [string, Row[]]]
  ]
  return sectionsText(sections)
}

/** One value where what is kept is what is there; else both. */
function both (kept: unknown, now: unknown): string {
  return kept === undefined || shown(kept) === shown(now) ? shown(now) : `${shown(kept)}, now ${shown(now)}`
}
