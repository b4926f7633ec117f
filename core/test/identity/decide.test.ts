import test from 'ava'
import fc from 'fast-check'
import { decideIdentity, identify, readEvidence, type Evidence, type KeptIdentity, type Sighting } from '../../src/index.ts'

const sighting: Sighting = { physical_macs: [], os_machine_id: null, hardware_uuid: null, awaited_nics: [], failed: [], absent: [] }
const seen = (some: Partial<Sighting>): Sighting => ({ ...sighting, ...some })
const osId = '3d1219c7c4c5404aaa1f6d2a48adfda4'
const uuid = '4c4c4544-0051-3510-8052-b4c04f4b3132'

test('what was unknown at first is learned, and tells a clone from then on', (t) => {
  const first = decideIdentity(undefined, seen({ os_machine_id: osId }))
  const asRoot = decideIdentity(first.keep, seen({ os_machine_id: osId, hardware_uuid: uuid }))
  t.is(asRoot.outcome, 'kept')
  t.is(asRoot.keep!.evidence.hardware_uuid, uuid)
  const again = decideIdentity(asRoot.keep, seen({ os_machine_id: osId }))
  t.is(again.keep!.evidence.hardware_uuid, uuid, 'and is not forgotten where it can’t be read')
  t.is(decideIdentity(again.keep, seen({ os_machine_id: osId, hardware_uuid: 'another' })).outcome, 'renewed')
})

test('clones of a golden image that share its machine id get ids of their own, the same one each time', (t) => {
  const template = decideIdentity(undefined, seen({ os_machine_id: osId, hardware_uuid: uuid }))
  const clones = ['aa', 'bb', 'aa'].map((hardware_uuid) => decideIdentity(template.keep, seen({ os_machine_id: osId, hardware_uuid })))
  t.is(new Set([template, ...clones].map(({ machine_id }) => machine_id)).size, 3)
  t.is(clones[0]!.machine_id, clones[2]!.machine_id)
  t.is(clones[0]!.basis, 'os-machine-id-and-hardware-uuid')
  t.deepEqual(clones[0]!.evidence, [osId, 'aa'])
  t.is(decideIdentity(clones[0]!.keep, seen({ os_machine_id: osId, hardware_uuid: 'aa' })).machine_id, clones[0]!.machine_id)
})

test('without the collector network an id is derived, but not kept, since there may be a NIC', (t) => {
  const { basis, keep, pending } = decideIdentity(undefined, readEvidence({ os: { machine_id: osId } }))
  t.deepEqual([basis, keep, pending], ['os-machine-id', undefined, undefined])
})

test('facts of somebody else’s collector that have another shape are no evidence', (t) => {
  for (const fact of [null, 5, 'eth0', [null, 5, { name: 7 }], { a: 1 }]) {
    const facts = { network: { physical_macs: fact, interfaces: fact }, os: { machine_id: 5, hardware_uuid: {} } }
    const { physical_macs: macs, awaited_nics: nics, os_machine_id: id } = readEvidence(facts)
    t.deepEqual([macs.filter((mac) => mac !== 'eth0'), nics, id], [[], [], null])
  }
})

const known = fc.option(fc.constantFrom('a', 'b'))
const anySighting: fc.Arbitrary<Sighting> = fc.record({
  physical_macs: fc.subarray(['00:1b:21:00:00:01', '00:1b:21:00:00:02', '00:1b:21:00:00:03']),
  os_machine_id: known,
  hardware_uuid: known,
  awaited_nics: fc.subarray(['eth0', 'eth1']),
  failed: fc.constant([]),
  absent: fc.constant([])
})

test('whatever happens to a machine, its id changes only when the machine id or the hardware UUID does', (t) => {
  fc.assert(fc.property(fc.array(anySighting, { minLength: 1, maxLength: 20 }), (life) => {
    let kept: KeptIdentity | undefined
    for (const sight of life) {
      const before = kept
      const decision = decideIdentity(before, sight)
      if (before !== undefined) {
        const changed = differs(before.evidence, sight)
        if (!changed && decision.machine_id !== before.machine_id) return false
        if (changed !== (decision.outcome === 'renewed')) return false
      } else if (sight.physical_macs.length > 0 && decision.machine_id !== identify({ network: { physical_macs: sight.physical_macs } }).machine_id) return false
      if (decision.pending !== undefined && decision.keep !== undefined) return false // nothing is kept that may change yet
      kept = decision.keep ?? kept
    }
    return true
  }), { numRuns: 1000 })
  t.pass()
})

function differs (kept: Evidence, now: Evidence): boolean {
  return (['os_machine_id', 'hardware_uuid'] as const).some((key) => kept[key] !== null && now[key] !== null && kept[key] !== now[key])
}
