import assert from 'node:assert/strict'
import type { ClaimOfCredentials } from '../credential-suite.ts'

const [one, two] = ['1'.repeat(64), '2'.repeat(64)]
const day = 24 * 60 * 60 * 1000
const yesterday = () => new Date(Date.now() - day)
/** All that was ever done is before it. */
const tomorrow = () => new Date(Date.now() + day)

/** Keys of agents. */
export function keys (claim: ClaimOfCredentials): void {
  claim('a key is bound to its machine', async ({ credentials }) => {
    assert.equal(await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() }), 'enrolled')
    assert.equal(await credentials.enrol({ hash: 'b', machine_id: two, quietSince: yesterday() }), 'enrolled')
    assert.equal((await credentials.findKey('a'))!.machine_id, one)
    assert.equal((await credentials.findKey('b'))!.machine_id, two)
    assert.equal(await credentials.findKey('c'), undefined)
    const [key, ...others] = await credentials.keysOf(one)
    assert.deepEqual([key!.machine_id, key!.expires_at, key!.released_at, key!.taken_over_at, others], [one, null, null, null, []])
  })

  claim('a machine is enrolled as long as one of its keys holds', async ({ credentials }) => {
    assert.equal(await credentials.isEnrolled(one), false)
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    assert.deepEqual([await credentials.isEnrolled(one), await credentials.isEnrolled(two)], [true, false])
    assert.equal((await credentials.keysOf(one))[0]!.last_used_at, null, 'to look is no use')
    await credentials.rotateKey({ hash: 'a', next: 'b' })
    await credentials.findKey('b')
    assert.equal(await credentials.isEnrolled(one), true)
    await credentials.rotateKey({ hash: 'b', next: 'c' })
    await credentials.removeKeys(one)
    assert.equal(await credentials.isEnrolled(one), false)
  })

  claim('a machine whose key is in use can’t be enrolled again, and nothing changes', async ({ credentials }) => {
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    await credentials.findKey('a')
    assert.equal(await credentials.enrol({ hash: 'b', machine_id: one, quietSince: yesterday() }), 'in-use')
    assert.equal(await credentials.findKey('b'), undefined)
    assert.equal((await credentials.findKey('a'))!.machine_id, one)
  })

  claim('one whose key was not used of late is taken over: the old key is dead, and the new one says so', async ({ credentials }) => {
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    await credentials.findKey('a')
    assert.equal(await credentials.enrol({ hash: 'b', machine_id: one, quietSince: tomorrow() }), 'taken-over')
    assert.equal(await credentials.findKey('a'), undefined)
    assert.ok((await credentials.findKey('b'))!.taken_over_at !== null)
    assert.equal((await credentials.keysOf(one)).length, 1)
  })

  claim('a key that was never used is replaced, as its answer may have been lost, and that is no taking over', async ({ credentials }) => {
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    assert.equal(await credentials.enrol({ hash: 'b', machine_id: one, quietSince: yesterday() }), 'enrolled')
    assert.equal(await credentials.findKey('a'), undefined)
    assert.equal((await credentials.findKey('b'))!.taken_over_at, null)
    assert.equal(await credentials.enrol({ hash: 'c', machine_id: one, quietSince: yesterday() }), 'in-use')
    assert.ok((await credentials.keysOf(one))[0]!.last_used_at! >= yesterday())
  })

  claim('a key that an admin has released holds until another agent enrols', async ({ credentials }) => {
    assert.equal(await credentials.releaseKey(one), false)
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    await credentials.findKey('a')
    assert.equal(await credentials.releaseKey(one), true)
    assert.ok((await credentials.findKey('a'))!.released_at !== null)
    assert.equal(await credentials.enrol({ hash: 'b', machine_id: one, quietSince: yesterday() }), 'taken-over')
    assert.equal(await credentials.findKey('a'), undefined)
    await credentials.findKey('b')
    assert.equal(await credentials.enrol({ hash: 'c', machine_id: one, quietSince: yesterday() }), 'in-use', 'one release is for one')
  })

  claim('of agents that enrol one machine at once one has a key that holds', async ({ credentials }) => {
    const hashes = ['a', 'b', 'c', 'd']
    await Promise.all(hashes.map(async (hash) => await credentials.enrol({ hash, machine_id: one, quietSince: yesterday() })))
    const found = await Promise.all(hashes.map(async (hash) => await credentials.findKey(hash)))
    assert.equal(found.filter((key) => key !== undefined).length, 1)
  })

  claim('a key that is rotated holds until the new one is used, and beside it for its grace', async ({ credentials }) => {
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    await credentials.findKey('a')
    assert.equal(await credentials.rotateKey({ hash: 'a', next: 'b' }), true)
    assert.equal((await credentials.findKey('a', { graceMs: -day }))!.expires_at, null)
    assert.equal((await credentials.findKey('b', { graceMs: day }))!.machine_id, one)
    assert.ok(Math.abs((await credentials.findKey('a'))!.expires_at!.getTime() - tomorrow().getTime()) < 60_000)
    assert.equal(await credentials.rotateKey({ hash: 'a', next: 'c' }), false, 'another has replaced it')
    assert.equal(await credentials.rotateKey({ hash: 'b', next: 'c' }), true)
    assert.equal((await credentials.findKey('c', { graceMs: -1 }))!.machine_id, one)
    assert.equal(await credentials.findKey('b'), undefined)
    assert.equal((await credentials.findKey('c'))!.expires_at, null)
    assert.equal(await credentials.rotateKey({ hash: 'b', next: 'd' }), false, 'it has expired')
    assert.equal(await credentials.rotateKey({ hash: 'nothing', next: 'd' }), false)
    assert.equal(await credentials.findKey('d'), undefined)
  })

  claim('a rotation whose answer was lost is asked for again with the old key, and what was lost never holds', async ({ credentials }) => {
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    await credentials.findKey('a')
    for (const next of ['lost', 'lost too', 'b']) assert.equal(await credentials.rotateKey({ hash: 'a', next }), true)
    for (const lost of ['lost', 'lost too']) assert.equal(await credentials.findKey(lost), undefined)
    assert.equal((await credentials.findKey('b'))!.machine_id, one)
    assert.equal((await credentials.keysOf(one)).length, 1, 'without a grace the old one ends at once')
  })

  claim('a machine’s keys are killed, all of them; enrolling again makes a new one', async ({ credentials }) => {
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    await credentials.rotateKey({ hash: 'a', next: 'b' })
    await credentials.findKey('a')
    assert.equal(await credentials.removeKeys(one), true)
    assert.equal(await credentials.removeKeys(one), false)
    for (const hash of ['a', 'b']) assert.equal(await credentials.findKey(hash), undefined)
    assert.deepEqual(await credentials.keysOf(one), [])
    assert.equal(await credentials.enrol({ hash: 'c', machine_id: one, quietSince: yesterday() }), 'enrolled')
  })
}
