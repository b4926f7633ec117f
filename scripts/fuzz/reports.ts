import { createHash } from 'node:crypto'
import type { Random } from './random.ts'
import { anyInstant, anyText } from './texts.ts'

/** Whoever sends one body after another: a few machines, whose reports go in order. */
export interface Sender {
  readonly random: Random
  readonly machines: readonly string[]
  /** A name for collectors that no other sender tells of, since the newest schema of each counts. */
  readonly collector: string
  /** A report_id newer than all before. */
  nextId (): string
  /** One that was given out before. */
  oldId (): string
}

export function createSender (random: Random): Sender {
  const salt = random.hex(8)
  let given = 0
  const id = (sequence: number) => `${sequence.toString(16).padStart(8, '0')}-0000-7000-8000-${salt}0000`
  return {
    random,
    machines: Array.from({ length: 3 }, (_, index) => createHash('sha256').update(`${salt} ${index}`).digest('hex')),
    collector: `x${salt}`,
    nextId: () => id(++given),
    oldId: () => id(Math.max(1, given - random.below(4)))
  }
}

/** A valid report, as an agent, the original's client or a script sends it. */
export function validReport (sender: Sender): Record<string, unknown> {
  const { random, machines, collector } = sender
  const machine = random.one(machines)
  const report: Record<string, unknown> = {
    machine_id: random.chance(0.05) ? machine.toUpperCase() : machine,
    hostname: random.chance(0.5) ? `srv-${random.below(50)}` : anyText(random) || 'x',
    ip: random.one(['192.0.2.10', '2001:db8::1', '', null]),
    os: random.one(['linux', 'windows', 'darwin']),
    cpu_percent: random.one([0, 12.5, 100, null, random.below(10_000) / 100]),
    memory_total_mb: random.one([8192, 0, null, 2 ** 53 - 1, random.below(1e6)])
  }
  if (random.chance(0.9)) Object.assign(report, { os_version: random.one(['Debian GNU/Linux 12 (bookworm)', 'Windows 11', '', null]), memory_used_mb: random.one([4096, 0, null]), timestamp: random.chance(0.2) ? String(anyInstant(random)) : '2026-01-02T03:04:05Z' })
  if (random.chance(0.2)) Object.assign(report, { computer_model: random.one(['OptiPlex 7090', '', null]), activation_days: random.one([0, 365, null]) })
  if (random.chance(0.2)) report.computer_activation = random.one(['2024-02-03', '03/02/2024', '', null, anyInstant(random), anyInstant(random)])
  if (random.chance(0.5)) report.report_id = random.chance(0.8) ? sender.nextId() : sender.oldId()
  if (random.chance(0.6)) Object.assign(report, { agent_version: '0.1.0', interval_s: random.one([60, 300, 0.5]) })
  if (random.chance(0.6)) report.facts = { ...random.chance(0.7) && someFacts(random), [collector]: { value: anyText(random), list: [1, null, anyText(random)] } }
  if (random.chance(0.2)) report.failures = [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 }].slice(random.below(2))
  if (random.chance(0.2)) report.schemas = { [collector]: { type: 'object', title: anyText(random), properties: { value: { type: 'string', title: 'Value', indexed: random.chance(0.3) } } } }
  if (random.chance(0.1)) report[anyText(random)] = anyText(random)
  return report
}

function someFacts (random: Random): object {
  return {
    os: { hostname: 'srv', platform: 'linux', version: anyText(random), uptime_s: random.below(1e6) },
    cpu: { model: 'x', cores: 4, percent: 12.5, load: [0.1, 0.2, 0.3] },
    network: { primary_ipv4: '192.0.2.10', interfaces: [{ name: 'eth0', mac: '00:1b:21:aa:bb:cc', addresses: [{ address: '192.0.2.10', family: 'IPv4' }] }] }
  }
}
