import { createHash } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { identify } from '../../src/index.ts'

test('one physical MAC gives the id that the original’s agent gives', (t) => {
  const { machine_id, basis, evidence } = identify({ network: { physical_macs: ['00:1B:21:aa:bb:cc'] }, os: { machine_id: 'unused' } })
  t.is(machine_id, 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e')
  t.is(basis, 'physical-macs')
  t.deepEqual(evidence, ['00:1b:21:aa:bb:cc'])
})

test('several MACs give one id, in whatever order and case they come', (t) => {
  const mac = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 }).map((octets) => octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':'))
  fc.assert(fc.property(fc.uniqueArray(mac, { minLength: 1, maxLength: 5 }), (macs) => {
    const expected = createHash('sha256').update([...macs].sort().join('|')).digest('hex')
    t.is(identify({ network: { physical_macs: macs } }).machine_id, expected)
    t.is(identify({ network: { physical_macs: macs.toReversed().map((one) => one.toUpperCase()) } }).machine_id, expected)
  }))
})

test('without a physical MAC the operating system’s machine id decides', (t) => {
  const { machine_id, basis } = identify({ network: { physical_macs: [] }, os: { machine_id: '3d1219c7c4c5404aaa1f6d2a48adfda4' } })
  t.is(machine_id, createHash('sha256').update('tatuscan:3d1219c7c4c5404aaa1f6d2a48adfda4').digest('hex'))
  t.is(basis, 'os-machine-id')
})

test('without any evidence the id is random, and stays for the life of the process', (t) => {
  const first = identify({})
  t.is(first.basis, 'random')
  t.regex(first.machine_id, /^[0-9a-f]{64}$/)
  t.is(identify({ network: {}, os: { machine_id: null } }).machine_id, first.machine_id)
})
