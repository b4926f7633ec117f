import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { identify } from '@tatuscan/core'
import { recordedMachine, testCollector } from '@tatuscan/core/testing'
import { network, type NetworkFacts, type NetworkOptions } from '../src/index.ts'

const originalId = 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e'

testCollector(test, {
  make: () => network(),
  makeBroken: () => network({ os: { networkInterfaces: () => { throw new Error('no netlink') } } })
})

test('bare metal counts its NICs, also the one that has an IPv4 but no cable', async (t) => {
  const facts = await collect('bare-metal')
  t.deepEqual(facts, {
    primary_ipv4: '192.168.1.100',
    physical_macs: ['3c:fd:fe:a1:b2:c0', '3c:fd:fe:a1:b2:c1'],
    interfaces: [
      { name: 'lo', index: 1, mac: null, ipv4: ['127.0.0.1'], ipv6: ['::1'], up: true, virtual: true, passed_over: 'loopback' },
      { name: 'eno1', index: 2, mac: '3c:fd:fe:a1:b2:c0', ipv4: ['192.168.1.100'], ipv6: ['fe80::3efd:feff:fea1:b2c0'], up: true, virtual: false, passed_over: null },
      { name: 'eno2', index: 3, mac: '3c:fd:fe:a1:b2:c1', ipv4: ['10.20.0.5'], ipv6: ['2001:db8:20::5'], up: true, virtual: false, passed_over: null }
    ],
    left_out: 0,
    addresses_left_out: 0
  })
  t.is(identify({ network: { ...facts } }).machine_id, 'a322a39cd46cd060251f53ced44df306cc74cab38f44db9e6a636d9266ef7af4')
})

test('a cloud machine’s made-up MAC is no evidence; its IPv4 is the one of the default route', async (t) => {
  const facts = await collect('cloud-vm')
  t.deepEqual(facts.physical_macs, [])
  t.is(facts.primary_ipv4, '198.51.100.20')
  t.deepEqual(reasons(facts), {
    lo: 'loopback', ifb0: 'virtual: no device is behind it', ifb1: 'virtual: no device is behind it', eth0: 'locally administered MAC'
  })
})

test('in a container there is no NIC; the IPv4 is the one of the default route', async (t) => {
  const facts = await collect('container')
  t.deepEqual(facts.physical_macs, [])
  t.is(facts.primary_ipv4, '172.17.0.2')
  t.deepEqual(reasons(facts), { lo: 'loopback', eth0: 'virtual: no device is behind it' })
})

test('a laptop counts Wi-Fi and dock, and neither a tunnel nor a NIC without an IPv4', async (t) => {
  const facts = await collect('laptop')
  t.deepEqual(facts.physical_macs, ['00:e0:4c:68:0a:1b', 'a4:c3:f0:12:34:56'])
  t.is(facts.primary_ipv4, '192.168.0.23', 'of the lowest index, whatever the default route')
  t.deepEqual(reasons(facts), {
    lo: 'loopback', enp0s31f6: 'no IPv4', wlp3s0: null, enx00e04c680a1b: null, wg0: 'virtual: no device is behind it', tun0: 'virtual: no device is behind it'
  })
})

test('a machine with nothing but loopback has no IPv4 and no MAC', async (t) => {
  const facts = await collect('no-network')
  t.deepEqual([facts.primary_ipv4, facts.physical_macs, reasons(facts)], [null, [], { lo: 'loopback' }])
})

test('Windows 10: VMware’s host-only networks don’t count, and what is down is listed', async (t) => {
  const facts = await collect('windows-10')
  t.deepEqual(facts.physical_macs, ['d8:5e:d3:40:51:62'])
  t.is(facts.primary_ipv4, '192.168.1.57')
  t.deepEqual(reasons(facts), {
    'VMware Network Adapter VMnet1': 'virtual: its name contains vmnet',
    'VMware Network Adapter VMnet8': 'virtual: its name contains vmnet',
    Ethernet: null,
    'Loopback Pseudo-Interface 1': 'loopback',
    'Bluetooth Network Connection': 'down'
  })
})

test('Windows 11: Wi-Fi counts, WSL’s switch and an idle tunnel don’t', async (t) => {
  const facts = await collect('windows-11')
  t.deepEqual(facts.physical_macs, ['f4:46:37:a0:b1:c2'])
  t.is(facts.primary_ipv4, '192.168.15.8')
  t.deepEqual(reasons(facts), {
    'Wi-Fi': null,
    'vEthernet (WSL (Hyper-V firewall))': 'virtual: its name contains veth',
    'Loopback Pseudo-Interface 1': 'loopback',
    Ethernet: 'down',
    'OpenVPN TAP-Windows6': 'virtual: its name contains tap'
  })
  t.deepEqual(facts.interfaces.map(({ index }) => index), [17, 42, null, null, null])
})

test('macOS: en0 counts, Apple’s made-up MACs and tunnels don’t', async (t) => {
  const facts = await collect('macos')
  t.deepEqual(facts.physical_macs, ['f0:18:98:5b:6c:7d'])
  t.is(facts.primary_ipv4, '192.168.1.31')
  t.deepEqual(reasons(facts), {
    lo0: 'loopback',
    en0: null,
    awdl0: 'locally administered MAC',
    llw0: 'locally administered MAC',
    utun0: 'virtual: its name contains tun',
    utun1: 'virtual: its name contains tun',
    en1: 'locally administered MAC',
    bridge0: 'locally administered MAC'
  })
})

test('a Windows guest counts its NIC as the original does, though systeminformation calls it virtual', async (t) => {
  const mac = '00:15:5D:01:02:03'
  const facts = await collectWith({
    platform: 'win32',
    os: running({ Ethernet: { mac, ipv4: ['10.0.0.4'] } }),
    systeminformation: async () => ({ networkInterfaces: async () => [{ iface: 'Ethernet', default: true, mac, internal: false, operstate: 'up', virtual: true }] })
  })
  t.deepEqual(facts.physical_macs, ['00:15:5d:01:02:03'])
})

test('on Windows without a NIC that counts, the IPv4 is the one of the default interface', async (t) => {
  const answer = (iface: string, mac: string) => ({ iface, default: iface === 'Ethernet 2', mac, internal: false, operstate: 'up' })
  const facts = await collectWith({
    platform: 'win32',
    os: running({ Ethernet: { mac: '02:00:00:00:00:01', ipv4: ['10.0.0.4'] }, 'Ethernet 2': { mac: '02:00:00:00:00:02', ipv4: ['10.0.1.4'] } }),
    systeminformation: async () => ({ networkInterfaces: async () => [answer('Ethernet', '02:00:00:00:00:01'), answer('Ethernet 2', '02:00:00:00:00:02')] })
  })
  t.is(facts.primary_ipv4, '10.0.1.4')
  t.deepEqual(facts.physical_macs, [])
})

test('where systeminformation could find out nothing, node:os alone tells who the machine is', async (t) => {
  const facts = await collectWith({ ...recordedMachine('windows-10'), systeminformation: async () => ({ networkInterfaces: async () => [] }) })
  t.deepEqual(facts.physical_macs, ['d8:5e:d3:40:51:62'])
  t.is(facts.primary_ipv4, '192.168.1.57')
})

test('a host of 400 containers lists a hundred virtual interfaces, counts the others, and is the machine it was', async (t) => {
  const { root, options } = editable(t, 'container-host')
  for (let number = 0; number < 400; number++) addInterface(root, { name: `veth${number.toString(16).padStart(7, '0')}`, index: 10 + number })
  addInterface(root, { name: 'zone0', index: 600 })
  const zone = running({ zone0: { ipv4: ['10.88.0.1'] } })
  const facts = await collectWith({ ...options, os: { networkInterfaces: () => ({ ...options.os!.networkInterfaces(), ...zone.networkInterfaces() }) } })
  t.is(facts.interfaces.length, 101)
  t.is(facts.left_out, 303, 'of 400 veths, docker0, zone0 and lo')
  t.deepEqual(facts.interfaces.at(-1)!.ipv4, ['10.88.0.1'], 'the one that holds an IPv4 is not left out, whatever its name')
  t.deepEqual(facts.interfaces.slice(0, 3).map(({ name }) => name), ['lo', 'enp3s0', 'docker0'])
  t.is(facts.primary_ipv4, '192.168.10.40')
  t.is(identify({ network: { ...facts } }).machine_id, originalId)
})

test('interfaces come by index, as the original takes them, not by name', async (t) => {
  const { root, options } = editable(t, 'no-network')
  const nics = { eth10: 2, eth2: 7, eth9: 30 }
  for (const [name, index] of Object.entries(nics)) addInterface(root, { name, index, mac: `00:1b:21:00:00:${index.toString().padStart(2, '0')}`, device: 'pci0000:00' })
  const os = running({ eth2: { ipv4: ['10.0.0.7'] }, eth9: { ipv4: ['10.0.0.30'] }, eth10: { ipv4: ['10.0.0.2'] } })
  const facts = await collectWith({ ...options, os })
  t.deepEqual(facts.interfaces.map(({ name }) => name), ['lo', 'eth10', 'eth2', 'eth9'])
  t.is(facts.primary_ipv4, '10.0.0.2')
})

test('without /sys, node:os is all there is, and the rule is the same', async (t) => {
  const { root, options } = editable(t, 'container-host')
  rmSync(join(root, 'sys'), { recursive: true })
  const facts = await collectWith(options)
  t.deepEqual(facts.physical_macs, ['00:1b:21:aa:bb:cc'])
  t.deepEqual(reasons(facts), { lo: 'loopback', enp3s0: null, docker0: 'virtual: its name contains docker' })
})

test('without /proc/net a cable-less NIC’s IPv4 and the default route are unknown, and nothing breaks', async (t) => {
  const bare = editable(t, 'bare-metal')
  rmSync(join(bare.root, 'proc'), { recursive: true })
  t.deepEqual(reasons(await collectWith(bare.options)), { lo: 'loopback', eno1: null, eno2: 'no IPv4' })

  const cloud = editable(t, 'cloud-vm')
  rmSync(join(cloud.root, 'proc'), { recursive: true })
  t.is((await collectWith(cloud.options)).primary_ipv4, null)
})

test('an IPv4 in the network of a NIC without a cable is not taken for its own where another holds it', async (t) => {
  const { options } = editable(t, 'bare-metal')
  const facts = await collectWith({ ...options, os: running({ eno1: { ipv4: ['192.168.1.100', '10.20.0.5'] } }) })
  t.deepEqual(facts.physical_macs, ['3c:fd:fe:a1:b2:c0'])
})

test('an interface that vanishes while it is read is skipped, also where node:os still tells of it', async (t) => {
  const { root, options } = editable(t, 'cloud-vm')
  rmSync(join(root, 'sys/devices/virtual/net/ifb0/flags'))
  rmSync(join(root, 'sys/devices/pci0000:00'), { recursive: true })
  t.deepEqual(Object.keys(reasons(await collectWith(options))), ['lo', 'ifb1'])
})

test('an interface that is there and can’t be read is an error, not a machine with fewer NICs', async (t) => {
  const { root, options } = editable(t, 'bare-metal')
  const flags = join(root, 'sys/class/net/eno1/flags')
  rmSync(flags)
  mkdirSync(flags)
  await t.throwsAsync(collectWith(options), { code: 'EISDIR' })
})

test('an IPv4 with a label belongs to the interface, not to one named after the label', async (t) => {
  const { options } = editable(t, 'bare-metal')
  const os = running({ eno1: { ipv4: ['192.168.1.100'] }, 'eno1:web': { ipv4: ['192.168.1.101'] } })
  const facts = await collectWith({ ...options, os })
  t.deepEqual(facts.interfaces.map(({ name, ipv4 }) => [name, ipv4]), [['lo', []], ['eno1', ['192.168.1.100', '192.168.1.101']], ['eno2', ['10.20.0.5']]])
})

test('a NIC that is down does not count, whatever addresses are left on it', async (t) => {
  const { root, options } = editable(t, 'bare-metal')
  writeFileSync(join(root, 'sys/class/net/eno1/flags'), '0x1002\n')
  const facts = await collectWith(options)
  t.is(reasons(facts).eno1, 'down')
  t.deepEqual(facts.physical_macs, ['3c:fd:fe:a1:b2:c1'])
})

test('the bridge that a NIC is part of is read from where the kernel links it', async (t) => {
  const { root, options } = editable(t, 'bare-metal')
  symlinkSync('../../virtual/net/br0', join(root, 'sys/class/net/eno2/master'))
  const facts = await collectWith({ ...options, os: running({ eno1: { ipv4: ['192.168.1.100'] }, br0: { ipv4: ['10.20.0.5'] } }) })
  t.deepEqual(reasons(facts), { lo: 'loopback', eno1: null, eno2: 'no IPv4 of its own: part of br0', br0: 'no MAC' })
})

test('a MAC that many machines share is no evidence, and none at all is said to be none', async (t) => {
  const { root, options } = editable(t, 'bare-metal')
  writeFileSync(join(root, 'sys/class/net/eno1/address'), 'FF:FF:FF:FF:FF:FF\n')
  writeFileSync(join(root, 'sys/class/net/eno2/address'), '00:00:00:00:00:00\n')
  const facts = await collectWith(options)
  t.deepEqual(reasons(facts), { lo: 'loopback', eno1: 'placeholder MAC', eno2: 'no MAC' })
  t.deepEqual(facts.physical_macs, [])
})

type Edited = NetworkOptions & { root: string }

/** A copy of a recorded machine, to be changed. */
function editable (t: { teardown: (remove: () => void) => void }, machine: string): { root: string, options: Edited } {
  const root = mkdtempSync(join(tmpdir(), 'tatuscan-network-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const recorded = recordedMachine(machine)
  cpSync(recorded.root, root, { recursive: true, verbatimSymlinks: true })
  return { root, options: { ...recorded, root } }
}

function addInterface (root: string, { name, index, mac = '5e:1f:00:00:00:01', device = 'virtual' }: { name: string, index: number, mac?: string, device?: string }): void {
  const folder = join(root, 'sys/devices', device, 'net', name)
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries({ address: mac, ifindex: index, flags: '0x1003', operstate: 'up', type: 1 })) writeFileSync(join(folder, file), `${text}\n`)
  symlinkSync(`../../devices/${device}/net/${name}`, join(root, 'sys/class/net', name))
}

/** What `node:os` would say of these. */
function running (interfaces: Record<string, { mac?: string, ipv4: string[] }>): NonNullable<NetworkOptions['os']> {
  const info = (mac: string) => (address: string) => ({ address, netmask: '255.255.255.0', family: 'IPv4' as const, mac, internal: false, cidr: `${address}/24` })
  return { networkInterfaces: () => Object.fromEntries(Object.entries(interfaces).map(([name, { mac = '00:00:00:00:00:00', ipv4 }]) => [name, ipv4.map(info(mac))])) }
}

function reasons ({ interfaces }: NetworkFacts): Record<string, string | null> {
  return Object.fromEntries(interfaces.map(({ name, passed_over }) => [name, passed_over]))
}

async function collect (machine: string): Promise<NetworkFacts> {
  return await collectWith(recordedMachine(machine))
}

async function collectWith (options: NetworkOptions): Promise<NetworkFacts> {
  return (await network(options).collect({ signal: AbortSignal.timeout(1000) }))!
}
