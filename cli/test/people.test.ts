import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { logIn, serveWithAccess, until } from './access.ts'
import { run, type Finished } from './run.ts'

const password = 'correct horse battery'

interface Here { readonly folder: string, tatuscan (args: readonly string[], env?: Record<string, string>): Promise<Finished> }

async function here (t: ExecutionContext): Promise<Here> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-people-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  return { folder, tatuscan: async (args, env = {}) => await run(args, { TATUSCAN_DB_DIR: folder, ...env }) }
}

test.serial('until somebody has logged in people and tokens are added to the data folder, before a server and beside one', async (t) => {
  const { folder, tatuscan } = await here(t)
  t.like(await tatuscan(['users', 'list', '--json']), { code: 0, stdout: '{\n  "items": [],\n  "count": 0\n}\n', stderr: '' })
  t.like(await tatuscan(['users', 'add', 'ana', '--role', 'admin'], { TATUSCAN_PASSWORD: password }), { code: 0, stdout: 'Added ana, admin\n', stderr: '' })
  const made = await tatuscan(['tokens', 'create', '--role', 'admin', '--name', 'first'])
  t.is(made.code, 0)
  t.regex(made.stdout, /^tst_[\w-]{43}\n$/, 'the token alone')
  const { url, setupLink } = await serveWithAccess(t, [], { TATUSCAN_DB_DIR: folder })
  t.is(setupLink, undefined, 'there is an admin')
  const beside = await tatuscan(['tokens', 'create', '--role', 'viewer', '--json'])
  const { id, token } = JSON.parse(beside.stdout) as { id: string, token: string }
  t.is((await tatuscan(['machines', 'list', '--url', url], { TATUSCAN_TOKEN: token })).code, 0, 'the server knows it')
  t.is((await tatuscan(['tokens', 'revoke', id])).code, 0)
  await until('the server to refuse it', async () => (await tatuscan(['machines', 'list', '--url', url], { TATUSCAN_TOKEN: token })).code === 1 || undefined)
  const { stdout } = await tatuscan(['tokens', 'list'])
  t.regex(stdout, /^ID +ROLE +NAME +MADE +LAST USED +EXPIRES\n[0-9a-f]{12} +admin +first +\d{4}-[^\n]* +never\n$/)
  t.false(stdout.includes(made.stdout.trim()))
})

test.serial('once somebody has logged in the server is asked, with a token; --local is for who may write the database', async (t) => {
  const { folder, tatuscan } = await here(t)
  const { url, setupLink } = await serveWithAccess(t, [], { TATUSCAN_DB_DIR: folder })
  await logIn(setupLink!, { name: 'ana', password })
  for (const args of [['users', 'list'], ['tokens', 'create', '--role', 'admin'], ['users', 'add', 'eve', '--role', 'admin']]) {
    const { code, stdout, stderr } = await tatuscan(args, { TATUSCAN_PASSWORD: password })
    t.deepEqual([code, stdout], [2, ''], args.join(' '))
    t.regex(stderr, /^tatuscan: people have logged in here[^\n]*TATUSCAN_TOKEN[^\n]*--local\n$/)
  }
  const { stdout } = await tatuscan(['tokens', 'create', '--role', 'admin', '--local', '--days', '1'])
  const env = { TATUSCAN_TOKEN: stdout.trim(), TATUSCAN_URL: url, TATUSCAN_DB_DIR: '/nowhere' }
  t.like(await run(['users', 'add', 'rui', '--role', 'viewer'], { ...env, TATUSCAN_PASSWORD: password }), { code: 0, stdout: 'Added rui, viewer\n' })
  const { items } = JSON.parse((await run(['users', 'list', '--json'], env)).stdout)
  t.deepEqual(items.map(({ name, role }: any) => [name, role]), [['ana', 'admin'], ['rui', 'viewer']])
  t.is((await fetch(`${url}/login`)).status, 200)
  const token = await run(['tokens', 'create', '--role', 'enrol', '--name', 'lab', '--json'], env)
  const { id } = JSON.parse(token.stdout)
  t.regex((await run(['tokens', 'list'], env)).stdout, new RegExp(`^${id} +enrol +lab `, 'm'))
  t.like(await run(['tokens', 'revoke', id], env), { code: 0, stdout: `Revoked ${id}\n` })
  t.like(await run(['users', 'password', 'rui'], { ...env, TATUSCAN_PASSWORD: 'another password' }), { code: 0, stdout: 'rui has another password\n' })
  t.is((await run(['users', 'password', 'rui'], { ...env, TATUSCAN_PASSWORD: 'short' })).code, 1)
  t.regex((await run(['users', 'password', 'nobody'], { ...env, TATUSCAN_PASSWORD: password })).stderr, /nobody called nobody/)
  await t.throwsAsync(async () => await logIn(`${url}/login`, { name: 'rui', password }), { message: /answered 401/ })
  await t.notThrowsAsync(async () => await logIn(`${url}/login`, { name: 'rui', password: 'another password' }))
  t.like(await run(['users', 'remove', 'rui'], env), { code: 0, stdout: 'Removed rui\n' })
  const last = await run(['users', 'remove', 'ana'], env)
  t.is(last.code, 1)
  t.regex(last.stderr, /the last admin, who stays/)
  const viewer = (await run(['tokens', 'create', '--role', 'viewer'], env)).stdout.trim()
  const refused = await run(['users', 'list'], { ...env, TATUSCAN_TOKEN: viewer })
  t.is(refused.code, 1)
  t.regex(refused.stderr, /answered 403/)
})

test.serial('what makes no person or token is told in one line, and no password is repeated', async (t) => {
  const { folder, tatuscan } = await here(t)
  const cases: readonly (readonly [args: string[], env: Record<string, string>, code: number, message: RegExp])[] = [
    [['users', 'add', 'ana', '--role', 'admin'], {}, 2, /a password is needed: .*TATUSCAN_PASSWORD_FILE/],
    [['users', 'add', 'ana', '--role', 'admin'], { TATUSCAN_PASSWORD: 'hunter2' }, 1, /at least 10 characters/],
    [['users', 'add', 'a b', '--role', 'admin'], { TATUSCAN_PASSWORD: password }, 1, /\/name must have/],
    [['users', 'add', '.', '--role', 'admin'], { TATUSCAN_PASSWORD: password }, 1, /\/name must have/],
    [['users', 'add', '..', '--role', 'admin'], { TATUSCAN_PASSWORD: password }, 1, /\/name must have/],
    [['users', 'add', 'ana', '--role', 'root'], {}, 2, /one of: viewer, admin/],
    [['users', 'add', 'ana'], {}, 2, /role/],
    [['users', 'remove', 'nobody'], {}, 1, /nobody called nobody/],
    [['tokens', 'create'], {}, 2, /role/],
    [['tokens', 'create', '--role', 'viewer', '--days', '0'], {}, 2, /--days: Expected an integer greater/],
    [['tokens', 'revoke', 'none'], {}, 1, /no token none/],
    [['tokens', 'list'], { TATUSCAN_URL: 'https://inventory.example.invalid' }, 1, /could not be reached/]
  ]
  for (const [args, env, code, message] of cases) {
    const ended = await tatuscan(args, env)
    t.is(ended.code, code, `${args.join(' ')}: ${ended.stderr}`)
    t.is(ended.stdout, '')
    t.regex(ended.stderr, /^tatuscan: [^\n]+\n$/)
    t.regex(ended.stderr, message)
    t.false(ended.stderr.includes('hunter2'))
  }
  await writeFile(join(folder, 'password'), `${password}\n`)
  t.is((await tatuscan(['users', 'add', 'ana', '--role', 'admin'], { TATUSCAN_PASSWORD_FILE: join(folder, 'password') })).code, 0)
  t.false((await readFile(join(folder, 'tatuscan.db'))).includes(password))
})

test.serial('machines release lets another agent take a machine over', async (t) => {
  const { folder, tatuscan } = await here(t)
  const TATUSCAN_TOKEN = (await tatuscan(['tokens', 'create', '--role', 'admin'])).stdout.trim()
  const { url } = await serveWithAccess(t, [], { TATUSCAN_DB_DIR: folder })
  const few = ['--no-collector', 'cpu', '--no-collector', 'memory']
  const env = { TATUSCAN_ENROL_SECRET_FILE: join(folder, 'enrol-secret'), TATUSCAN_URL: url }
  const collected = async (state: string) => await run(['collect', '--send', '--json', ...few], { ...env, TATUSCAN_STATE_DIR: join(folder, state) })
  const first = await collected('first')
  t.is(first.code, 0, first.stderr)
  const again = await run(['collect', '--send', ...few], { TATUSCAN_URL: url, TATUSCAN_STATE_DIR: join(folder, 'first') })
  t.is(again.code, 0, 'the key is kept, and needs no secret any more')
  const id = JSON.parse(first.stdout).machine_id as string
  const other = await collected('second')
  t.is(other.code, 3)
  t.regex(other.stderr, /the report is kept, and was not delivered: .*answered 409: .*tatuscan machines release/)
  t.regex((await tatuscan(['machines', 'release', id, '--url', url], { TATUSCAN_TOKEN })).stdout, /takes it over/)
  t.is((await collected('second')).code, 0)
  const dead = await run(['collect', '--send', ...few], { TATUSCAN_URL: url, TATUSCAN_STATE_DIR: join(folder, 'first') })
  t.is(dead.code, 3)
  t.regex(dead.stderr, /answered 401/)
  t.regex((await tatuscan(['machines', 'release', id, '--now', '--url', url], { TATUSCAN_TOKEN })).stdout, /have ended/)
  const ended = await run(['collect', '--send', ...few], { TATUSCAN_URL: url, TATUSCAN_STATE_DIR: join(folder, 'second') })
  t.is(ended.code, 3, 'and has no secret to buy another with')
  t.is((await collected('second')).code, 0)
})
