import assert from 'node:assert/strict'
import { tokenRoles } from '../../credential-store.ts'
import type { ClaimOfCredentials } from '../credential-suite.ts'

/** Tokens of scripts. */
export function tokens (claim: ClaimOfCredentials): void {
  claim('a token is found by its hash alone until it is removed by its id', async ({ credentials }) => {
    for (const role of tokenRoles) await credentials.addToken({ id: role, name: `a ${role}`, role, hash: `hash of ${role}` })
    assert.deepEqual((await credentials.tokens()).map(({ id, name, role, expires_at }) => ({ id, name, role, expires_at })).sort((a, b) => a.id < b.id ? -1 : 1),
      [...tokenRoles].sort().map((role) => ({ id: role, name: `a ${role}`, role, expires_at: null })))
    assert.equal((await credentials.findToken('hash of enrol'))!.role, 'enrol')
    assert.equal(await credentials.findToken('enrol'), undefined)
    assert.equal(await credentials.findToken('HASH OF ENROL'), undefined)
    assert.equal(await credentials.removeToken('enrol'), true)
    assert.equal(await credentials.findToken('hash of enrol'), undefined)
    assert.equal(await credentials.removeToken('enrol'), false)
    assert.equal((await credentials.findToken('hash of admin'))!.id, 'admin')
  })

  claim('a token that has expired is not found, and is still listed', async ({ credentials }) => {
    const expires_at = new Date(Date.now() - 1)
    await credentials.addToken({ id: 'old', name: '', role: 'admin', hash: 'old', expires_at })
    assert.equal(await credentials.findToken('old'), undefined)
    assert.deepEqual((await credentials.tokens())[0]!.expires_at, expires_at)
  })

  claim('no answer holds a hash', async ({ credentials }) => {
    await credentials.addToken({ id: 'one', name: 'one', role: 'admin', hash: 'secretive' })
    await credentials.addUser({ name: 'ana', role: 'admin', password: 'secretive' })
    await credentials.openSession({ hash: 'secretive', user: 'ana', password: 'secretive', expires_at: new Date(Date.now() + 60_000) })
    await credentials.enrol({ hash: 'secretive', machine_id: 'a'.repeat(64), quietSince: new Date() })
    const answers = [await credentials.tokens(), await credentials.findToken('secretive'), await credentials.users(), await credentials.findSession('secretive'),
      await credentials.findKey('secretive'), await credentials.keysOf('a'.repeat(64))]
    assert.ok(!JSON.stringify(answers).includes('secretive'))
  })
}
