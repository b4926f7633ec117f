import assert from 'node:assert/strict'
import type { ClaimOfCredentials } from '../credential-suite.ts'

const ana = { name: 'ana', role: 'admin', password: 'hash of a password' } as const
const bia = { name: 'bia', role: 'viewer', password: 'hash of another' } as const
const soon = () => new Date(Date.now() + 60_000)

/** People, and their sessions. */
export function people (claim: ClaimOfCredentials): void {
  claim('people are listed by name, each name once, and their passwords’ hashes found by it', async ({ credentials }) => {
    assert.deepEqual(await credentials.users(), [])
    assert.equal(await credentials.addUser(bia), true)
    assert.equal(await credentials.addUser(ana), true)
    assert.equal(await credentials.addUser({ ...ana, role: 'viewer', password: 'x' }), false)
    const [first, second] = await credentials.users()
    assert.deepEqual([first!.name, first!.role, first!.last_login_at, second!.name, second!.role], ['ana', 'admin', null, 'bia', 'viewer'])
    assert.ok(Math.abs(first!.created_at.getTime() - Date.now()) < 60_000)
    assert.equal(await credentials.passwordOf('ana'), ana.password)
    assert.equal(await credentials.passwordOf('nobody'), undefined)
    assert.equal(await credentials.passwordOf('ANA'), undefined)
  })

  claim('who has to be the first admin is refused where there is one, and where somebody has the name', async ({ credentials }) => {
    await credentials.addUser({ ...bia, name: 'rui' })
    assert.equal(await credentials.addUser({ ...ana, name: 'rui' }, { first: true }), false)
    assert.deepEqual((await Promise.all([ana, { ...ana, name: 'eve' }].map(async (user) => await credentials.addUser(user, { first: true })))).sort(), [false, true])
    assert.equal(await credentials.addUser(bia, { first: true }), false)
    assert.equal((await credentials.users()).length, 2)
  })

  claim('a session is found until it is closed or expires, and its person’s last login is kept', async ({ credentials }) => {
    await credentials.addUser(ana)
    const expires_at = soon()
    assert.equal(await credentials.openSession({ hash: 'one', user: 'ana', password: ana.password, expires_at }), true)
    assert.equal(await credentials.openSession({ hash: 'two', user: 'ana', password: ana.password, expires_at: new Date(Date.now() - 1) }), true)
    const session = await credentials.findSession('one')
    assert.deepEqual([session!.user, session!.role, session!.expires_at], ['ana', 'admin', expires_at])
    assert.equal(await credentials.findSession('two'), undefined)
    assert.equal(await credentials.findSession('three'), undefined)
    assert.ok((await credentials.users())[0]!.last_login_at! >= session!.created_at)
    assert.equal(await credentials.closeSession('one'), true)
    assert.equal(await credentials.findSession('one'), undefined)
    assert.equal(await credentials.closeSession('one'), false)
  })

  claim('a session that is found again and again still ends when it expires', async ({ credentials }) => {
    await credentials.addUser(ana)
    const expires_at = new Date(Date.now() + 700)
    await credentials.openSession({ hash: 'one', user: 'ana', password: ana.password, expires_at })
    while (Date.now() < expires_at.getTime() + 50) {
      const asked = Date.now()
      if (await credentials.findSession('one') === undefined) assert.ok(Date.now() >= expires_at.getTime())
      else assert.ok(asked < expires_at.getTime())
    }
    assert.equal(await credentials.findSession('one'), undefined)
  })

  claim('who gets another password has no session any more, and can begin one', async ({ credentials }) => {
    await credentials.addUser(ana)
    await credentials.addUser(bia)
    for (const { name, password } of [ana, bia]) await credentials.openSession({ hash: name, user: name, password, expires_at: soon() })
    await credentials.findSession('bia')
    assert.equal(await credentials.setPassword('bia', 'another hash'), true)
    assert.equal(await credentials.passwordOf('bia'), 'another hash')
    assert.equal(await credentials.findSession('bia'), undefined)
    assert.equal(await credentials.passwordOf('ana'), ana.password)
    assert.equal((await credentials.findSession('ana'))!.user, 'ana')
    assert.equal(await credentials.openSession({ hash: 'late', user: 'bia', password: bia.password, expires_at: soon() }), false, 'nor by the password of before, which was looked at meanwhile')
    assert.equal(await credentials.findSession('late'), undefined)
    assert.equal(await credentials.openSession({ hash: 'again', user: 'bia', password: 'another hash', expires_at: soon() }), true)
    assert.equal(await credentials.setPassword('nobody', 'a hash'), false)
    assert.deepEqual((await credentials.users()).map(({ name }) => name), ['ana', 'bia'])
  })

  claim('who is removed has no session any more, and can begin none', async ({ credentials }) => {
    await credentials.addUser(ana)
    await credentials.addUser(bia)
    for (const { name, password } of [ana, bia]) await credentials.openSession({ hash: name, user: name, password, expires_at: soon() })
    await credentials.findSession('bia')
    assert.equal(await credentials.removeUser('bia'), 'removed')
    assert.equal(await credentials.removeUser('bia'), 'unknown')
    assert.equal(await credentials.findSession('bia'), undefined)
    assert.equal((await credentials.findSession('ana'))!.user, 'ana')
    assert.equal(await credentials.openSession({ hash: 'again', user: 'bia', password: bia.password, expires_at: soon() }), false)
    assert.equal(await credentials.findSession('again'), undefined)
    assert.deepEqual((await credentials.users()).map(({ name }) => name), ['ana'])
    await credentials.addUser(bia)
    assert.equal(await credentials.findSession('bia'), undefined, 'nor one of before, where there is one of that name again')
  })

  claim('the last admin is not removed, however many are at once, and by whichever server', async ({ credentials, another }) => {
    const other = await another()
    for (const name of ['ana', 'eve', 'ivo']) await credentials.addUser({ ...ana, name })
    await credentials.addUser(bia)
    const outcomes = await Promise.all([credentials.removeUser('ana'), other.removeUser('eve'), credentials.removeUser('ivo')])
    assert.deepEqual(outcomes.sort(), ['last-admin', 'removed', 'removed'])
    assert.deepEqual((await credentials.users()).map(({ role }) => role).sort(), ['admin', 'viewer'])
    assert.equal(await credentials.removeUser('bia'), 'removed')
  })
}
