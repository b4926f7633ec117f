import test from 'ava'
import { collectReport } from '@tatuscan/core'
import { recordedMachine } from '@tatuscan/core/testing'
import { cpu } from '@tatuscan/collector-cpu'
import { memory } from '@tatuscan/collector-memory'
import { network } from '@tatuscan/collector-network'
import { os } from '@tatuscan/collector-os'

const machines: [string, object][] = [
  ['bare-metal', { os: 'linux', memory_total_mb: 64_216 }],
  ['cloud-vm', { os: 'linux' }],
  ['container', { os: 'linux', memory_total_mb: 16_000 }],
  ['container-host', { os: 'linux' }],
  ['laptop', { os: 'linux', memory_used_mb: 12_376 }],
  ['no-network', { os: 'linux', ip: null }],
  ['windows-10', { os: 'windows', os_version: 'Windows 10' }],
  ['windows-11', { os: 'windows', os_version: 'Windows 11' }],
  ['macos', { os: 'darwin', os_version: 'macOS 14.5' }]
]
for (const [name, expected] of machines) {
  test(`the four collectors make one whole report of the recorded machine ${name}`, async (t) => {
    const machine = recordedMachine(name)
    const report = await collectReport({ collectors: [network(machine), os(machine), cpu(machine), memory(machine)] })
    t.deepEqual(report.failures, [])
    t.deepEqual(Object.keys(report.facts), ['network', 'os', 'cpu', 'memory'])
    t.like(report, expected)
  })
}
