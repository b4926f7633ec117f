import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { recordedMachine, testCollector } from '@tatuscan/core/testing'
import { os, type OsFacts } from '../src/index.ts'

testCollector(test, {
  make: () => os(),
  makeBroken: () => os({ platform: 'linux', root: '/nowhere', os: { ...unnamed, release: () => { throw new Error('uname failed') } } })
})

test('on Linux it tells what the files of a server say', async (t) => {
  t.deepEqual(await collect('bare-metal'), {
    hostname: 'db-01',
    platform: 'linux',
    version: 'Debian GNU/Linux 12 (bookworm)',
    distribution: 'Debian GNU/Linux',
    release: '12',
    codename: 'bookworm',
    kernel: '6.1.0-28-amd64',
    architecture: 'x86_64',
    boot_time: '2025-11-24T16:00:00Z',
    machine_id: '4b7c1d90e2f34a6b8c5d7e9f0a1b2c3d',
    hardware_uuid: '4c4c4544-0051-3510-8052-b4c04f4b3132',
    virtualization: 'none',
    virtualization_kind: null
  })
})

test('in a KVM guest without maker and model, the processor’s flag and the clock tell', async (t) => {
  const { version, virtualization, virtualization_kind, hardware_uuid } = await collect('cloud-vm')
  t.deepEqual({ version, virtualization, virtualization_kind, hardware_uuid },
    { version: 'Debian GNU/Linux 12 (bookworm)', virtualization: 'vm', virtualization_kind: 'kvm', hardware_uuid: null })
})

test('in an Alpine container it tells the container’s system and the host’s kernel, and no machine id', async (t) => {
  t.like(await collect('container'), {
    hostname: '3f2a9c1b7d4e',
    version: 'Alpine Linux 3.20.3',
    codename: null,
    kernel: '5.15.0-122-generic',
    machine_id: null,
    virtualization: 'container',
    virtualization_kind: 'docker'
  })
})

test('a host of containers is none, and the UUID that its maker left out is null', async (t) => {
  t.like(await collect('container-host'), { version: 'Ubuntu 22.04.5 LTS (Jammy Jellyfish)', virtualization: 'none', virtualization_kind: null, hardware_uuid: null })
})

test('where /etc has no os-release, the one in /usr/lib tells', async (t) => {
  t.like(await collect('laptop'), { version: 'Fedora Linux 40 (Workstation Edition)', distribution: 'Fedora Linux', release: '40', codename: null })
})

test('a Raspberry Pi is aarch64 and runs on nothing but itself', async (t) => {
  t.like(await collect('no-network'), { architecture: 'aarch64', virtualization: 'none', hardware_uuid: null })
})

test('on Windows it tells what node:os and systeminformation say, without the UUID that is all F', async (t) => {
  t.deepEqual(await collect('windows-10'), {
    hostname: 'RECEPCAO-03',
    platform: 'windows',
    version: 'Windows 10',
    distribution: 'Windows 10 Pro',
    release: '19045',
    codename: null,
    kernel: '10.0.19045',
    architecture: 'x86_64',
    boot_time: '2026-01-01T00:00:00Z',
    machine_id: '5f3d2c1b-0a9e-4d8c-b7a6-958473625140',
    hardware_uuid: null,
    virtualization: 'none',
    virtualization_kind: null
  })
  t.like(await collect('windows-11'), { version: 'Windows 11', release: '22631', hardware_uuid: '4c4c4544-0047-3610-8058-b7c04f353733' })
})

test('on macOS it tells its own version, not its kernel’s', async (t) => {
  t.deepEqual(await collect('macos'), {
    hostname: 'studio.local',
    platform: 'darwin',
    version: 'macOS 14.5',
    distribution: 'macOS',
    release: '14.5',
    codename: null,
    kernel: '23.5.0',
    architecture: 'aarch64',
    boot_time: '2026-01-01T00:00:00Z',
    machine_id: 'a1b2c3d4-e5f6-5a7b-8c9d-0e1f2a3b4c5d',
    hardware_uuid: 'a1b2c3d4-e5f6-5a7b-8c9d-0e1f2a3b4c5d',
    virtualization: 'none',
    virtualization_kind: null
  })
})

test('a host that is renamed, given a machine id and upgraded while it runs is seen so the next time', async (t) => {
  const recorded = recordedMachine('bare-metal')
  const root = await mkdtemp(join(tmpdir(), 'tatuscan-os-'))
  t.teardown(async () => await rm(root, { recursive: true }))
  await cp(recorded.root, root, { recursive: true })
  await writeFile(join(root, 'etc/machine-id'), 'uninitialized\n')
  const collector = os({ ...recorded, root })
  t.like(await collector.collect(soon()), { hostname: 'db-01', machine_id: null })
  await writeFile(join(root, 'proc/sys/kernel/hostname'), 'db-02\n')
  await writeFile(join(root, 'etc/machine-id'), '0123456789abcdeffedcba9876543210\n')
  await writeFile(join(root, 'etc/os-release'), 'NAME="Debian GNU/Linux"\nVERSION="13 (trixie)"\n')
  t.like(await collector.collect(soon()), { hostname: 'db-02', machine_id: '0123456789abcdeffedcba9876543210', version: 'Debian GNU/Linux 13 (trixie)' })
})

test('where /etc/machine-id is empty, D-Bus’s own tells', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'tatuscan-os-'))
  t.teardown(async () => await rm(root, { recursive: true }))
  for (const folder of ['etc', 'var/lib/dbus']) await mkdir(join(root, folder), { recursive: true })
  await writeFile(join(root, 'etc/machine-id'), '')
  await writeFile(join(root, 'var/lib/dbus/machine-id'), '0123456789abcdeffedcba9876543210\n')
  t.like(await os({ platform: 'linux', root, os: unnamed }).collect(soon()), { machine_id: '0123456789abcdeffedcba9876543210' })
})

test('where there is nothing to read, what is unknown is null', async (t) => {
  const facts = await os({ platform: 'linux', root: '/nowhere', os: unnamed }).collect(soon())
  t.deepEqual(facts, {
    hostname: null,
    platform: 'linux',
    version: 'Linux 5.15.0-91-generic',
    distribution: null,
    release: null,
    codename: null,
    kernel: '5.15.0-91-generic',
    architecture: null,
    boot_time: null,
    machine_id: null,
    hardware_uuid: null,
    virtualization: null,
    virtualization_kind: null
  })
})

test('the boot time that is told from uptime stays the same while the two clocks jitter, and follows a set clock', async (t) => {
  const recorded = recordedMachine('windows-11')
  let now = Date.parse('2026-01-02T00:00:00.400Z')
  let uptime = 86_400
  const collector = os({ ...recorded, os: { ...recorded.os, uptime: () => uptime }, now: () => now })
  const bootTime = async () => (await collector.collect(soon()))!.boot_time
  t.is(await bootTime(), '2026-01-01T00:00:00Z')
  now += 60_000
  uptime += 61.9
  t.is(await bootTime(), '2026-01-01T00:00:00Z')
  now += 3_600_000
  t.is(await bootTime(), '2026-01-01T00:59:59Z')
})

test('what systeminformation told is kept, and what it could not tell is asked again', async (t) => {
  const answers = ['', '0c9d8e7f-6a5b-4c3d-9e2f-1a0b9c8d7e6f']
  let asked = 0
  const collector = os({
    ...recordedMachine('windows-11'),
    systeminformation: async () => ({
      uuid: async () => ({ os: answers[asked++] ?? 'asked once more', hardware: '', macs: [] }),
      system: async () => ({ manufacturer: '', model: '', virtual: false }) as never
    })
  })
  t.like(await collector.collect(soon()), { machine_id: null, virtualization: null })
  t.like(await collector.collect(soon()), { machine_id: answers[1] })
  t.like(await collector.collect(soon()), { machine_id: answers[1] })
  t.is(asked, 2)
})

/** A system that knows its kernel alone. */
const unnamed = { hostname: () => '(none)', release: () => '5.15.0-91-generic', version: () => '', machine: () => '', uptime: () => 0 }

function soon (): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(5000) }
}

async function collect (machine: string): Promise<OsFacts> {
  const recorded = recordedMachine(machine)
  const now = () => Date.parse('2026-01-01T00:00:00Z') + recorded.os.uptime() * 1000
  return (await os({ ...recorded, now }).collect(soon()))!
}
