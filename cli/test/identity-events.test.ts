import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { changingMachine, type ChangingMachine } from './changing-machine.ts'

// What the original’s agent derives: sha256 of the MACs, sorted and joined with |
const bareMetal = 'a322a39cd46cd060251f53ced44df306cc74cab38f44db9e6a636d9266ef7af4'
const containerHost = 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e'
const uuidFile = 'sys/class/dmi/id/product_uuid'
const otherUuid = '4c4c4544-0051-3510-8052-b4c04f4b3199'
const otherId = 'aaaabbbbccccddddeeeeffff00001111'

interface Event {
  readonly machine: string
  /** What is different from the recording before the first start. */
  readonly before?: (machine: ChangingMachine) => void
  readonly happens: (machine: ChangingMachine) => void
  readonly id: 'stays' | 'changes'
  /** The id before, where it must be this one. */
  readonly first?: string
  /** The id after, where it must be this one. */
  readonly then?: string
}

const events: Record<string, Event> = {
  'a dock is added': {
    machine: 'laptop', before: (m) => m.remove('enx00e04c680a1b'), happens: (m) => m.add('enx00e04c680a1b', { mac: '00:e0:4c:68:0a:1b', ipv4: '10.1.5.77' }), id: 'stays'
  },
  'a dock is removed': { machine: 'laptop', happens: (m) => m.remove('enx00e04c680a1b'), id: 'stays' },
  'another dock is used': {
    machine: 'laptop', happens: (m) => { m.remove('enx00e04c680a1b'); m.add('enx00e04c680a1c', { mac: '00:e0:4c:68:0a:1c', ipv4: '10.1.5.78' }) }, id: 'stays'
  },
  'Wi-Fi is added': { machine: 'bare-metal', happens: (m) => m.add('wlp3s0', { mac: 'a4:c3:f0:12:34:57', ipv4: '192.168.1.77', device: 'pci0000:00/0000:00:1c.2' }), id: 'stays', first: bareMetal },
  'Wi-Fi is off': { machine: 'laptop', happens: (m) => m.release('wlp3s0'), id: 'stays' },
  'a VPN is up': { machine: 'container-host', happens: (m) => m.add('tun0', { ipv4: '10.8.0.6', device: 'virtual' }), id: 'stays', first: containerHost },
  'a NIC is renamed': { machine: 'container-host', happens: (m) => m.rename('enp3s0', 'lan0'), id: 'stays', first: containerHost, then: containerHost },
  'the host is renamed': { machine: 'container-host', happens: (m) => m.write('proc/sys/kernel/hostname', 'novo-nome'), id: 'stays', first: containerHost },
  'one of two NICs is lost': { machine: 'bare-metal', happens: (m) => m.remove('eno2'), id: 'stays', first: bareMetal },
  'every NIC is lost': { machine: 'bare-metal', happens: (m) => { m.remove('eno1'); m.remove('eno2') }, id: 'stays', first: bareMetal },
  'the only NIC is replaced': {
    machine: 'container-host', happens: (m) => { m.remove('enp3s0'); m.add('enp3s0', { mac: '00:1b:21:aa:bb:dd', ipv4: '192.168.10.40' }) }, id: 'stays', first: containerHost
  },
  'a NIC comes into a machine that had none': { machine: 'cloud-vm', happens: (m) => m.add('eth1', { mac: '00:1b:21:aa:bb:cc', ipv4: '192.168.10.40' }), id: 'stays' },
  'the disk is cloned into a guest with a NIC of its own, and its machine id renewed': {
    machine: 'container-host',
    happens: (m) => { m.write('etc/machine-id', otherId); m.remove('enp3s0'); m.add('enp3s0', { mac: '00:1b:21:aa:bb:dd', ipv4: '192.168.10.41' }) },
    id: 'changes',
    first: containerHost
  },
  'the machine id is renewed, and the NICs are the same': { machine: 'bare-metal', happens: (m) => m.write('etc/machine-id', otherId), id: 'stays', first: bareMetal, then: bareMetal },
  'a cloud machine is cloned, and its machine id renewed': { machine: 'cloud-vm', happens: (m) => m.write('etc/machine-id', otherId), id: 'changes' },
  'the disk is cloned to other hardware': {
    machine: 'container-host',
    before: (m) => m.write(uuidFile, '4c4c4544-0051-3510-8052-b4c04f4b3132'),
    happens: (m) => { m.write(uuidFile, otherUuid); m.remove('enp3s0'); m.add('enp3s0', { mac: '00:1b:21:aa:bb:dd', ipv4: '192.168.10.41' }) },
    id: 'changes',
    first: containerHost
  },
  'the disk moves to other hardware with other NICs': {
    machine: 'bare-metal',
    happens: (m) => { m.write(uuidFile, otherUuid); m.remove('eno1'); m.remove('eno2'); m.add('eno1', { mac: '00:1b:21:aa:bb:cc', ipv4: '192.168.1.101' }) },
    id: 'changes',
    first: bareMetal,
    then: containerHost
  },
  'a golden image is cloned with its machine id, to a cloud machine': {
    machine: 'cloud-vm', before: (m) => m.write(uuidFile, 'ec2a1b2c-0000-4000-8000-000000000001'), happens: (m) => m.write(uuidFile, 'ec2a1b2c-0000-4000-8000-000000000002'), id: 'changes'
  },
  'an image with a placeholder UUID starts on hardware that has one': { machine: 'container-host', happens: (m) => m.write(uuidFile, otherUuid), id: 'stays', first: containerHost },
  'the hardware’s UUID gives way to a placeholder': { machine: 'bare-metal', happens: (m) => m.write(uuidFile, '03000200-0400-0500-0006-000700080009'), id: 'stays', first: bareMetal },
  'DHCP is late': {
    machine: 'container-host', before: (m) => { m.release('enp3s0'); m.write('proc/net/fib_trie', '') }, happens: (m) => m.assign('enp3s0', '192.168.10.40', '00:1b:21:aa:bb:cc'), id: 'changes', then: containerHost
  },
  'DHCP is late on the second start': { machine: 'container-host', happens: (m) => { m.release('enp3s0'); m.write('proc/net/fib_trie', '') }, id: 'stays', first: containerHost },
  'a container is replaced, and its state folder kept': { machine: 'container', happens: () => {}, id: 'stays' },
  'a container with the host’s machine id is replaced without its state': { machine: 'container', before: (m) => m.write('etc/machine-id', otherId), happens: (m) => m.loseState(), id: 'stays' },
  'the state of a machine with a NIC is lost': { machine: 'container-host', happens: (m) => m.loseState(), id: 'stays', first: containerHost },
  'the system is installed anew on the same machine': { machine: 'container-host', happens: (m) => { m.loseState(); m.write('etc/machine-id', otherId) }, id: 'stays', first: containerHost, then: containerHost }
}

for (const [what, { machine: name, before, happens, id, first, then }] of Object.entries(events)) {
  test(`the machine id ${id} when ${what}`, async (t) => {
    const machine = changingMachine(t, name)
    before?.(machine)
    const was = await machine.identify()
    happens(machine)
    const is = await machine.identify()
    t.is(is.machine_id === was.machine_id ? 'stays' : 'changes', id)
    if (first !== undefined) t.is(was.machine_id, first)
    if (then !== undefined) t.is(is.machine_id, then)
    const next = await machine.identify()
    t.deepEqual([next.machine_id, next.outcome], [is.machine_id, 'kept'], 'and it stays so')
  })
}

test('before DHCP the id is told as pending, naming the NIC, and nothing is kept', async (t) => {
  const machine = changingMachine(t, 'container-host')
  machine.release('enp3s0')
  machine.write('proc/net/fib_trie', '')
  t.like(await machine.identify(), { basis: 'os-machine-id', outcome: 'new', pending: 'enp3s0 has no IPv4 yet', keep: undefined })
  t.false(existsSync(machine.state))
})

test('a host whose NIC is part of a bridge waits for nothing, since the bridge has the IPv4', async (t) => {
  const machine = changingMachine(t, 'container-host')
  machine.release('enp3s0')
  machine.write('proc/net/fib_trie', '')
  symlinkSync('../../virtual/net/vmbr0', join(machine.root, 'sys/class/net/enp3s0/master'))
  machine.add('vmbr0', { mac: '00:1b:21:aa:bb:cc', ipv4: '192.168.10.40', device: 'virtual' })
  t.like(await machine.identify(), { basis: 'os-machine-id', pending: undefined })
  t.is((await machine.identify()).outcome, 'kept')
})
