import test from 'ava'
import fc from 'fast-check'
import { collectReport, limits } from '@tatuscan/core'
import { shapeFacts } from '../src/facts.ts'
import type { FoundInterface } from '../src/found.ts'
import { parseMac } from '../src/mac.ts'
import { schema } from '../src/schema.ts'

const nic: FoundInterface = { name: 'eth0', index: 2, mac: '00:1b:21:aa:bb:cc', ipv4: ['192.0.2.2'], ipv6: [], up: true, loopback: false, deviceless: false, master: null }

test('a name with one of the original’s words is virtual in any case of letters', (t) => {
  for (const name of ['br-1a2b', 'Meu VPN', 'vEthernet (Default Switch)', 'macvlan0', 'Teredo Tunneling', 'WireGuard']) {
    t.regex(shape([{ ...nic, name }]).interfaces[0]!.passed_over!, /^virtual: its name contains /, name)
  }
  t.is(shape([{ ...nic, name: 'br0' }]).interfaces[0]!.passed_over, null)
})

test('a MAC is six octets or more; a tunnel’s IP address in its place is none', (t) => {
  t.is(parseMac('00-1B-21-AA-BB-CC\n'), '00:1b:21:aa:bb:cc')
  t.is(parseMac('80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:10:ab:cd')?.length, 59, 'InfiniBand')
  for (const none of ['', '0a:00:00:01', '00:00:00:00:00:00', 'fd:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01', '00:1b:21:aa:bb:cg']) t.is(parseMac(none), null, none)
})

test('two NICs that share a MAC give it twice, as the original does', (t) => {
  t.deepEqual(shape([nic, { ...nic, name: 'eth1' }]).physical_macs, [nic.mac!, nic.mac!])
})

test('the primary IPv4 is the first NIC’s first that is not loopback', (t) => {
  t.is(shape([{ ...nic, name: 'wg0', ipv4: ['10.1.1.1'] }, { ...nic, ipv4: ['127.0.0.5', '192.0.2.3', '192.0.2.2'] }]).primary_ipv4, '192.0.2.3')
  t.is(shape([{ ...nic, ipv4: ['127.0.0.5'] }]).interfaces[0]!.passed_over, 'no IPv4')
})

test('a NIC that is part of a bond or bridge waits for no IPv4: its master holds it', (t) => {
  t.is(shape([{ ...nic, ipv4: [], master: 'br0' }]).interfaces[0]!.passed_over, 'no IPv4 of its own: part of br0')
  t.is(shape([{ ...nic, master: 'br0' }]).interfaces[0]!.passed_over, null, 'the original counts one that has an IPv4 nevertheless')
})

test('two hundred NICs are all evidence, and all listed', (t) => {
  const facts = shape(many(200, (number) => ({ ...nic, name: `enp${number}s0f0np0`, mac: `00:1b:21:00:00:${hex(number)}` })))
  t.deepEqual([facts.physical_macs.length, facts.interfaces.length, facts.left_out], [200, 200, 0])
  assertFits(facts)
})

test('hundreds of addresses on one NIC are cut and counted, the first staying', (t) => {
  const facts = shape([{ ...nic, ipv4: many(900, (number) => `10.0.${number >> 8}.${number & 255}`), ipv6: many(900, (number) => `2001:db8::${number}`) }])
  t.deepEqual(facts.interfaces[0]!.ipv4.slice(0, 2), ['10.0.0.0', '10.0.0.1'])
  t.is(facts.addresses_left_out, 1800 - 64)
})

test('a hundred virtual interfaces full of IPv6 cost addresses, not interfaces', (t) => {
  const long = many(20, (number) => `2001:db8:1111:2222:3333:4444:5555:66${hex(number)}`)
  const facts = shape([nic, ...many(400, (number) => ({ ...nic, name: `veth${number}`, deviceless: true, ipv4: [], ipv6: long }))])
  t.deepEqual([facts.interfaces.length, facts.left_out], [101, 300])
  t.is(facts.addresses_left_out, 100 * (20 - facts.interfaces[1]!.ipv6.length))
  assertFits(facts)
})

test('where not even the NICs fit, those that are evidence stay the longest', (t) => {
  const idle = many(500, (number) => ({ ...nic, name: `idle${number}`, ipv4: [] }))
  const facts = shape([...idle, nic])
  t.true(facts.left_out > 0)
  t.is(facts.interfaces.at(-1)!.name, 'eth0')
  t.is(facts.interfaces.length + facts.left_out, 501)
  assertFits(facts)
})

test('of many virtual interfaces those with an IPv4 are listed first', (t) => {
  const veths = many(150, (number) => ({ ...nic, name: `veth${number}`, ipv4: [] }))
  const facts = shape([...veths, { ...nic, name: 'br-lan' }])
  t.is(facts.interfaces.length, 100)
  t.is(facts.interfaces.at(-1)!.name, 'br-lan')
})

test('thousands of NICs leave room for some of them to be listed', (t) => {
  const facts = shape(many(3000, (number) => ({ ...nic, name: `eth${number}`, mac: `00:1b:21:00:${hex(number >> 8)}:${hex(number & 255)}` })))
  assertFits(facts)
  t.is(facts.physical_macs.length, 256)
  t.true(facts.interfaces.length > 100)
})

test('a name is cut at 128 characters, and what JSON stores can’t keep is replaced', (t) => {
  const name = 'a\0b' + 'x'.repeat(124) + '\u{1f5a7}'
  t.is(shape([{ ...nic, name }]).interfaces[0]!.name, 'a\ufffdb' + 'x'.repeat(124) + '\ufffd')
})

const hexDigit = fc.constantFrom(...'0123456789abcdefABCDEF')
const octet = fc.tuple(hexDigit, hexDigit).map(([a, b]) => a + b)
const macText = fc.oneof(fc.string(), fc.tuple(fc.array(octet, { minLength: 3, maxLength: 21 }), fc.constantFrom(':', '-')).map(([octets, glue]) => octets.join(glue)))
const anyInterface: fc.Arbitrary<FoundInterface> = fc.record({
  name: fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('eth0', 'veth1', 'Ethernet')),
  index: fc.option(fc.nat()),
  mac: macText.map(parseMac),
  ipv4: fc.array(fc.ipV4(), { maxLength: 40 }),
  ipv6: fc.array(fc.ipV6(), { maxLength: 40 }),
  up: fc.boolean(),
  loopback: fc.boolean(),
  deviceless: fc.boolean(),
  master: fc.option(fc.constant('bond0'))
})

test('whatever MACs and flags there are, the evidence is sorted, lower case and nobody’s invention', (t) => {
  fc.assert(fc.property(fc.array(anyInterface), (interfaces) => {
    const { physical_macs: macs, interfaces: listed } = shape(interfaces)
    const counting = listed.filter(({ passed_over }) => passed_over === null)
    return macs.every((mac) => mac === mac.toLowerCase() && (Number.parseInt(mac.slice(0, 2), 16) & 2) === 0) &&
      macs.toString() === [...macs].sort().toString() &&
      macs.toString() === counting.map(({ mac }) => mac).sort().toString() &&
      counting.every(({ up, virtual, mac }) => up && !virtual && mac !== null)
  }))
  t.pass()
})

test('whatever interfaces there are, a report takes the facts, which count what they leave out', async (t) => {
  const some = fc.array(anyInterface, { maxLength: 20 })
  const crowd = fc.tuple(some, fc.integer({ min: 1, max: 60 })).map(([some, times]) => many(times, () => some.map((found) => ({ ...found }))).flat())
  await fc.assert(fc.asyncProperty(crowd, async (interfaces) => {
    const facts = shape(interfaces)
    assertFits(facts)
    await collectReport({ collectors: [{ name: 'network', schema, collect: async () => facts }] })
    return facts.interfaces.length + facts.left_out === interfaces.length
  }), { numRuns: 60 })
  t.pass()
})

function shape (interfaces: readonly FoundInterface[]): ReturnType<typeof shapeFacts> {
  return shapeFacts({ interfaces, unread: 0, defaultSource: () => null })
}

function assertFits (facts: object): void {
  const bytes = Buffer.byteLength(JSON.stringify(facts))
  if (bytes > limits.factsBytes) throw new Error(`${bytes} bytes`)
}

function many <T> (count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, number) => make(number))
}

function hex (number: number): string {
  return number.toString(16).padStart(2, '0')
}
