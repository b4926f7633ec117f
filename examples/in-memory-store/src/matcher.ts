import { ageReader, factText, type Machine, type MachineFilter, type NumberRange } from '@tatuscan/core'

/** What a filter asks for, as one question about a machine. */
export function matcher (filter: MachineFilter, now: number): (machine: Required<Machine>) => boolean {
  const { q = '', os, os_version, status, facts = {}, failing, duplicate, created_since: since, created_before: before, ranges = {}, except = {} } = filter
  const wanted = inSmallLetters(q)
  return (machine) =>
    [machine.hostname, machine.ip, machine.os_version, machine.machine_id].some((text) => inSmallLetters(text ?? '').includes(wanted)) &&
    (os === undefined || machine.os === os) &&
    (os_version === undefined || (machine.os_version ?? '') === os_version) &&
    (status === undefined || machine.status === status) &&
    (failing === undefined || machine.failures.some(({ collector }) => failing === '' || collector === failing)) &&
    (duplicate === undefined || (machine.duplicate !== null) === duplicate) &&
    (since === undefined || machine.created_at >= since) &&
    (before === undefined || machine.created_at < before) &&
    Object.entries(facts).every(([path, text]) => text === '' ? valueOf(machine, `facts.${path}`, now) === null : countsOf(machine, `facts.${path}`, now).some((one) => factText(one) === text)) &&
    Object.entries(ranges).every(([name, range]) => range === undefined || (range === null
      ? valueOf(machine, name, now) === null
      : countsOf(machine, name, now).some((one) => typeof one === 'number' && isIn(one, range)))) &&
    Object.entries(except).every(([name, texts = []]) => valueOf(machine, name, now) === null
      ? !texts.includes('')
      : countsOf(machine, name, now).some((one) => !texts.includes(String(one))))
}

/** The value of a field or a fact; null where it is unknown. */
export function valueOf (machine: Required<Machine>, name: string, now: number): unknown {
  switch (name) {
    case 'status': case 'os': case 'os_version': case 'agent_version': case 'computer_model': case 'cpu_percent': case 'memory_total_mb': case 'memory_used_mb': case 'activation_days': return machine[name] === '' ? null : machine[name]
    case 'age': return machine.computer_activation === null ? null : ageReader(now)(machine.computer_activation.getTime())
    case 'failing': return machine.failures.map(({ collector }) => collector)
    default: return name.startsWith('facts.') ? factAt(machine.facts, name.slice('facts.'.length)) : null
  }
}

/** What counts of it: the value, or each that a list holds, once; neither objects nor lists within one. */
export function countsOf (machine: Required<Machine>, name: string, now: number): unknown[] {
  const value = valueOf(machine, name, now)
  return [...new Set(Array.isArray(value) ? value as unknown[] : [value])].filter((one) => one !== null && typeof one !== 'object')
}

function isIn (value: number, { min = -Infinity, below = Infinity }: NumberRange): boolean {
  return value >= min && value < below
}

/** Letters of ASCII made small, and only they. */
function inSmallLetters (text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function factAt (facts: unknown, path: string): unknown {
  let fact = facts
  for (const key of path.split('.')) {
    const below = typeof fact === 'object' && fact !== null && !Array.isArray(fact) && Object.hasOwn(fact, key)
    fact = below ? (fact as Record<string, unknown>)[key] : null
  }
  return fact
}
