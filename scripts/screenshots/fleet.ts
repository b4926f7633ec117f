import { createHash } from 'node:crypto'
import { createReportIds, type Report } from '@tatuscan/core'

/** A machine of the fleet that the pictures show: what it reports, and when it was seen. */
export interface Pictured {
  readonly report: Report
  /** Milliseconds before now. */
  readonly silentFor: number
  readonly knownFor: number
  readonly model: string | null
  /** Milliseconds before now; null: nobody said. */
  readonly inUseFor: number | null
}

const day = 86_400_000
const minute = 60_000

const systems = [
  { os: 'linux', version: 'Ubuntu 22.04.4 LTS', kernel: '5.15.0-105-generic', weight: 30, prefix: 'srv' },
  { os: 'linux', version: 'Ubuntu 24.04 LTS', kernel: '6.8.0-31-generic', weight: 18, prefix: 'srv' },
  { os: 'linux', version: 'Debian GNU/Linux 12 (bookworm)', kernel: '6.1.0-21-amd64', weight: 14, prefix: 'srv' },
  { os: 'linux', version: 'Rocky Linux 9.4 (Blue Onyx)', kernel: '5.14.0-427.el9.x86_64', weight: 6, prefix: 'db' },
  { os: 'windows', version: 'Windows 11 Pro 23H2', kernel: '10.0.22631', weight: 26, prefix: 'PC' },
  { os: 'windows', version: 'Windows 10 Pro 22H2', kernel: '10.0.19045', weight: 14, prefix: 'PC' },
  { os: 'windows', version: 'Windows Server 2022', kernel: '10.0.20348', weight: 4, prefix: 'AD' },
  { os: 'darwin', version: 'macOS 14.5', kernel: '23.5.0', weight: 5, prefix: 'mac' }
] as const

const processors = [
  ['AMD EPYC 7543P 32-Core Processor', 32], ['Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz', 16], ['Intel(R) Core(TM) i5-12400', 6],
  ['Intel(R) Core(TM) i7-1365U', 10], ['AMD Ryzen 5 PRO 5650U', 6]
] as const
const models = ['Dell OptiPlex 7010', 'Lenovo ThinkPad T14 Gen 3', 'Dell PowerEdge R650', 'HPE ProLiant DL380 Gen10', 'HP EliteBook 840 G9']

const wired = { index: 2, ipv4: [] as string[], ipv6: [] as string[], up: true, virtual: false, passed_over: null as string | null }
const bridge = { ...wired, name: 'docker0', index: 4, mac: '02:42:7b:1f:00:01', ipv4: ['172.17.0.1'], virtual: true, passed_over: 'virtual' }

const nextReportId = createReportIds()

/** The same fleet each time, but for the time. */
export function fleet (size: number, schemas: Report['schemas']): Pictured[] {
  const random = randomFrom(7)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const weighted = systems.flatMap((system) => Array.from({ length: system.weight }, () => system))
  return Array.from({ length: size }, (_, index): Pictured => {
    const system = pick(weighted)
    const server = system.prefix === 'srv' || system.prefix === 'db' || system.prefix === 'AD'
    const hostname = `${system.prefix}-${String(index + 1).padStart(4, '0')}`
    const mac = `52:54:00:${createHash('sha256').update(hostname).digest('hex').slice(0, 6).replaceAll(/(..)(?=.)/g, '$1:')}`
    const ip = `10.${server ? 20 : 42}.${Math.floor(index / 250)}.${index % 250 + 2}`
    const [model, cores] = server ? pick(processors.slice(0, 2)) : pick(processors.slice(2))
    const total = server ? pick([16, 32, 64, 128, 256]) * 1024 : pick([8, 16, 16, 32]) * 1024
    const used = Math.round(total * (0.15 + random() * 0.75))
    const percent = Math.round(random() ** 3 * 1000) / 10
    const fate = random()
    const failing = random() < 0.012
    const booted = new Date(Date.now() - Math.floor(random() * 90 * day)).toISOString()
    const disk = server ? 960_000 : 488_000
    return {
      silentFor: fate < 0.965 ? random() * 55_000 : fate < 0.982 ? (5 + random() * 40) * minute : fate < 0.995 ? (2 + random() * 90) * 60 * minute : (31 + random() * 60) * day,
      knownFor: index > size - 9 ? random() * 3 * day : (20 + random() * 900) * day,
      model: random() < 0.7 ? pick(models) : null,
      inUseFor: random() < 0.85 ? random() ** 1.4 * 9 * 365 * day : null,
      report: {
        machine_id: createHash('sha256').update(mac).digest('hex'),
        hostname,
        ip,
        os: system.os,
        os_version: system.version,
        cpu_percent: percent,
        memory_total_mb: total,
        memory_used_mb: used,
        timestamp: new Date().toISOString(),
        report_id: nextReportId(),
        agent_version: pick(['0.1.0', '0.1.0', '0.1.0', '0.0.9']),
        interval_s: 60,
        facts: {
          network: {
            primary_ipv4: ip,
            physical_macs: [mac],
            interfaces: [
              { ...wired, name: server ? 'eno1' : 'enp3s0', mac, ipv4: [ip], ipv6: [`fe80::5054:ff:fe${mac.slice(9, 11)}:${mac.slice(12, 14)}${mac.slice(15)}`] },
              server ? bridge : { ...wired, name: 'wlp2s0', index: 3, mac: mac.replace('52:54', '3c:58'), up: false, passed_over: 'no IPv4' }
            ],
            left_out: 0,
            addresses_left_out: 0
          },
          os: {
            hostname,
            platform: system.os,
            version: system.version,
            distribution: system.version.replace(/ [\d.]+.*$/, ''),
            release: /[\d.]+/.exec(system.version)?.[0] ?? null,
            codename: /\((.*)\)/.exec(system.version)?.[1] ?? null,
            kernel: system.kernel,
            architecture: system.os === 'darwin' ? 'arm64' : 'x86_64',
            boot_time: booted,
            machine_id: createHash('md5').update(hostname).digest('hex'),
            hardware_uuid: null,
            virtualization: server && random() < 0.6 ? 'vm' : 'none',
            virtualization_kind: server ? 'kvm' : null
          },
          cpu: {
            model,
            physical_cores: cores,
            logical_cores: cores * 2,
            percent,
            load_1: Math.round(percent * cores) / 100,
            load_5: Math.round(percent * cores * 0.9) / 100,
            load_15: Math.round(percent * cores * 0.7) / 100
          },
          memory: { total_mb: total, used_mb: used, available_mb: total - used, swap_total_mb: 4096, swap_used_mb: Math.round(random() * 900) },
          disk: {
            total_mb: disk,
            mounts: [
              { path: '/', filesystem: 'ext4', size_mb: disk, used_percent: Math.round(random() * 900) / 10 },
              { path: '/boot/efi', filesystem: 'vfat', size_mb: 1098, used_percent: 0.6 }
            ]
          }
        },
        failures: failing ? [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms: nvidia-smi does not answer', ms: 5000 }] : [],
        schemas: { ...schemas, disk: diskSchema }
      }
    }
  })
}

const diskSchema = {
  title: 'Disks',
  type: 'object',
  properties: {
    total_mb: { type: 'integer', title: 'Total', unit: 'MiB' },
    mounts: {
      type: 'array',
      title: 'Mounts',
      items: {
        type: 'object',
        properties: {
          path: { type: 'string', title: 'Path' },
          filesystem: { type: 'string', title: 'File system' },
          size_mb: { type: 'integer', title: 'Size', unit: 'MiB' },
          used_percent: { type: 'number', title: 'In use', unit: '%' }
        }
      }
    }
  }
} as const

/** Mulberry32: enough for pictures, and the same everywhere. */
function randomFrom (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 4_294_967_296
  }
}
