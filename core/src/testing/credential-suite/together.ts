import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClaimOfCredentials } from '../credential-suite.ts'

const one = '1'.repeat(64)
const yesterday = () => new Date(Date.now() - 24 * 60 * 60 * 1000)
const soon = () => new Date(Date.now() + 60_000)

/** Waits the 2 seconds within which servers agree. */
const agreed = async () => await sleep(2000)

/** What holds across servers. */
export function together (claim: ClaimOfCredentials): void {
  claim('what one server revokes another refuses within 2 seconds', async ({ credentials, another }) => {
    const other = await another()
    await credentials.addUser({ name: 'ana', role: 'admin', password: 'x' })
    await credentials.openSession({ hash: 's', user: 'ana', password: 'x', expires_at: soon() })
    await credentials.addToken({ id: 't', name: '', role: 'admin', hash: 't' })
    await credentials.enrol({ hash: 'k', machine_id: one, quietSince: yesterday() })
    const found = async () => [await other.findSession('s'), await other.findToken('t'), await other.findKey('k')].map((one) => one !== undefined)
    assert.deepEqual(await found(), [true, true, true], 'what is new is known at once')
    await credentials.closeSession('s')
    await credentials.removeToken('t')
    await credentials.removeKeys(one)
    await agreed()
    assert.deepEqual(await found(), [false, false, false])
  })

  claim('an epoch stays while nobody may do anything else, and is another after each change, also, within 2 seconds, of another server’s', async ({ credentials, another }) => {
    const other = await another()
    if (credentials.epoch === undefined || other.epoch === undefined) return // who is found is not remembered then
    const epochs: (number | undefined)[] = []
    /** The one that holds now, once anything has been asked. */
    async function look (): Promise<void> {
      await other.findKey('k')
      assert.equal(other.epoch!(), other.epoch!())
      assert.notEqual(other.epoch!(), undefined)
      epochs.push(other.epoch!())
    }
    await look()
    await look()
    assert.equal(epochs[0], epochs[1])
    await other.enrol({ hash: 'k', machine_id: one, quietSince: yesterday() })
    await look()
    await other.rotateKey({ hash: 'k', next: 'l' })
    await look()
    await credentials.removeKeys(one)
    await agreed()
    await look()
    assert.equal(new Set(epochs).size, 4)
  })

  claim('a machine that one server enrolled the other refuses to enrol, and takes over once it is released', async ({ credentials, another }) => {
    const other = await another()
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    await credentials.findKey('a')
    await agreed()
    assert.equal(await other.enrol({ hash: 'b', machine_id: one, quietSince: yesterday() }), 'in-use')
    await credentials.releaseKey(one)
    assert.equal(await other.enrol({ hash: 'b', machine_id: one, quietSince: yesterday() }), 'taken-over')
    await agreed()
    assert.equal(await credentials.findKey('a'), undefined)
    assert.equal((await credentials.findKey('b'))!.machine_id, one)
  })

  claim('a key that one server rotates both know at once, and the other refuses the old one within 2 seconds of the new one’s first use', async ({ credentials, another }) => {
    const other = await another()
    await credentials.enrol({ hash: 'a', machine_id: one, quietSince: yesterday() })
    for (const store of [credentials, other]) assert.equal((await store.findKey('a'))!.machine_id, one)
    assert.equal(await credentials.rotateKey({ hash: 'a', next: 'b' }), true)
    assert.equal((await credentials.findKey('b'))!.machine_id, one)
    assert.equal((await other.findKey('b'))!.machine_id, one)
    await agreed()
    assert.equal(await other.findKey('a'), undefined)
  })

  claim('of two servers that add the first person at once one succeeds', async ({ credentials, another }) => {
    const both = [credentials, await another()]
    const added = await Promise.all(both.map(async (store, index) => await store.addUser({ name: `user-${index}`, role: 'admin', password: 'x' }, { first: true })))
    assert.deepEqual(added.sort(), [false, true])
  })
}
