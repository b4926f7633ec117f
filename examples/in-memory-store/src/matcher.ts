import type { FactsByCollector, Machine, MachineFilter } from '@tatuscan/core'

/** What a filter asks for, as one question about a machine. */
export function matcher ({ q = '', os, os_version, status, facts = {} }: MachineFilter): (machine: Required<Machine>) => boolean {
  const wanted = inSmallLetters(q)
  return (machine) =>
    [machine.hostname, machine.ip, machine.os_version, machine.machine_id].some((text) => inSmallLetters(text ?? '').includes(wanted)) &&
    (os === undefined || machine.os === os) &&
    (os_version === undefined || (machine.os_version ?? '') === os_version) &&
    (status === undefined || machine.status === status) &&
    Object.entries(facts).every(([path, text]) => factReads(machine.facts, path, text))
}

/** Letters of ASCII made small, and only they. */
function inSmallLetters (text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Whether a fact reads so, or is a list that holds one that does; what is unknown reads as nothing. */
function factReads (facts: FactsByCollector, path: string, text: string): boolean {
  let fact: unknown = facts
  for (const key of path.split('.')) {
    const below = typeof fact === 'object' && fact !== null && !Array.isArray(fact) && Object.hasOwn(fact, key)
    fact = below ? (fact as Record<string, unknown>)[key] : null
  }
  if (fact === null) return text === ''
  return (Array.isArray(fact) ? fact : [fact]).some((one) => typeof one !== 'object' && String(one) === text)
}
