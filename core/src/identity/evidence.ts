import type { FactsByCollector, Failure } from '../report.ts'

/** What tells one machine from another. Placeholders are none: the collectors leave them out. */
export interface Evidence {
  /** The MACs of the NICs that count, lower case and sorted. */
  readonly physical_macs: readonly string[]
  /** The operating system's own: `/etc/machine-id`, `IOPlatformUUID`, `MachineGuid`. */
  readonly os_machine_id: string | null
  /** Of the mainboard, or what the hypervisor gives in its place; on Linux for root's eyes only. */
  readonly hardware_uuid: string | null
}

/** Evidence as the machine shows it now, with what is still to come. */
export interface Sighting extends Evidence {
  /** Physical NICs that would count, and only lack an IPv4 yet. */
  readonly awaited_nics: readonly string[]
  /** Of the collectors network and os those that failed: what they would have told is unknown, not absent. */
  readonly failed: readonly string[]
  /** Of the two those that told nothing and did not fail: they aren't plugged in. */
  readonly absent: readonly string[]
}

const witnesses = ['network', 'os'] as const

/** Finds the evidence in the facts of the collectors network and os. */
export function readEvidence (facts: FactsByCollector, failures: readonly Failure[] = []): Sighting {
  const { network, os } = facts
  const silent = witnesses.filter((name) => facts[name] === undefined)
  const failed = silent.filter((name) => failures.some(({ collector }) => collector === name))
  return {
    physical_macs: texts(network?.physical_macs).map((mac) => mac.toLowerCase()).sort(),
    os_machine_id: text(os?.machine_id),
    hardware_uuid: text(os?.hardware_uuid),
    awaited_nics: listedInterfaces(network?.interfaces).filter(({ passed_over: reason }) => reason === 'no IPv4').map(({ name }) => name),
    failed,
    absent: silent.filter((name) => !failed.includes(name))
  }
}

/** An interface as the collector network lists it. */
export interface ListedInterface {
  readonly name: string
  readonly mac: string | null
  /** Why its MAC is no evidence; null where it is. */
  readonly passed_over: string | null
}

/** The interfaces among a fact that somebody else's collector may have told. */
export function listedInterfaces (fact: unknown): ListedInterface[] {
  if (!Array.isArray(fact)) return []
  return fact.flatMap((item: Partial<ListedInterface> | null) => {
    const name = text(item?.name)
    return name === null ? [] : [{ name, mac: text(item?.mac), passed_over: text(item?.passed_over) }]
  })
}

function texts (fact: unknown): string[] {
  return Array.isArray(fact) ? fact.filter((item) => typeof item === 'string' && item !== '') : []
}

function text (fact: unknown): string | null {
  return typeof fact === 'string' && fact !== '' ? fact : null
}
