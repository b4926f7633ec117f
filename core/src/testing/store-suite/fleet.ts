import { setTimeout as sleep } from 'node:timers/promises'
import type { IncomingReport, MachineStore } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import { nineOf } from './nine-of.ts'
import { randomId, type Random } from './random.ts'

/** Text in the order of its code points, which is nobody's alphabet: capitals first, an emoji after a ligature. */
export const inOrder = [
  '!', '"quoted"', '%', '10', '9', 'B', 'Z', '\\', '_', 'a', 'a\t', 'a ', 'a  ', 'a!', 'a-b', 'aB', 'aa', 'ab', 'b', 'e\u0301', 'z', 'ß', 'é', 'ж', 'עברית', '日', 'ﬀ', '\uFFFD', '😀', '😀a', '\u{10FFFF}'
]

/** A report that has much in common with others of its kind, and of which much is unknown. */
export function fleetReport (random: Random, changes: Partial<IncomingReport> = {}): IncomingReport {
  const maybe = <Value>(values: readonly Value[]): Value | null => random.below(4) === 0 ? null : random.of(values)
  const report = {
    ...sampleReport({ hostname: random.of(inOrder) }),
    machine_id: randomId(random),
    ip: maybe(['10.0.0.1', '10.0.0.10', '10.0.0.2', 'fe80::1']),
    os: random.of(['linux', 'windows', 'Linux', 'darwin']),
    os_version: maybe(['Debian 12', 'Debian 9', 'Windows 11', 'é', '😀', 'ﬀ']),
    cpu_percent: maybe([0, 0.5, 12, 100]),
    memory_total_mb: maybe([0, 512, 1024, 2 ** 53 - 1]),
    memory_used_mb: maybe([0, 1, 512]),
    agent_version: random.of(['0.1.0', '0.10.0', '0.2.0']),
    computer_model: maybe(['OptiPlex', 'optiplex', 'ThinkPad T14', 'é']),
    computer_activation: maybe([new Date('1999-12-31T23:59:59.999Z'), new Date('2024-01-01T00:00:00Z'), new Date('2024-01-01T00:00:00.001Z')]),
    activation_days: maybe([-3, 0, 3, 10]),
    facts: random.below(3) === 0 ? {} : { sample: { answer: random.below(4), deep: { tags: [random.of(['a', 'b']), random.below(2)], on: random.below(2) === 0 }, text: maybe(['a', 'A', 'é']) } },
    failures: random.below(4) === 0 ? [{ collector: random.of(['gpu', 'disk']), code: 'X', message: 'y', ms: 1 }] : [],
    ...changes
  }
  return random.below(5) === 0 ? nineOf(report) : report
}

/** Saves reports a wave at a time, so that a slow machine's store need not take thousands at once. */
export async function saveAll (machines: MachineStore, reports: readonly IncomingReport[]): Promise<void> {
  for (let start = 0; start < reports.length; start += 250) {
    await Promise.all(reports.slice(start, start + 250).map(async (report) => await machines.save(report)))
  }
}

/** Machines of which some changed and some were changed by hand, at a few different instants. */
export async function saveFleet (machines: MachineStore, random: Random, size: number): Promise<void> {
  const reports = Array.from({ length: size }, () => fleetReport(random))
  for (let start = 0; start < size; start += 10) {
    await Promise.all(reports.slice(start, start + 10).map(async (report) => await machines.save(report)))
    await sleep(3)
    const { machine_id } = random.of(reports.slice(0, start + 1))
    if (random.below(2) === 0) await machines.save(fleetReport(random, { machine_id }))
    else await machines.update(machine_id, { computer_model: random.of(inOrder) })
  }
}
