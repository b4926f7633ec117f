import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { isLoopback } from '../src/loopback.ts'
import { readServerSettings } from '../src/server-settings.ts'
import { logIn, serveWithAccess, until } from './access.ts'
import { run, start } from './run.ts'

async function folderOf (t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-access-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  return folder
}

test.serial('the first start makes its secrets for its owner alone, prints the first admin’s link, and the local agent enrols itself', async (t) => {
  const { url, folder, setupLink, stderr } = await serveWithAccess(t, ['--agent', '--log-level', 'debug'])
  for (const path of ['/api/machines', '/api/users', '/openapi.json']) t.is((await fetch(url + path)).status, 401, path)
  for (const path of ['/', '/report', '/charts']) {
    const { status, headers } = await fetch(url + path, { redirect: 'manual', headers: { accept: 'text/html' } })
    t.deepEqual([status, headers.get('location')], [303, `/login?next=${encodeURIComponent(path)}`])
  }
  t.is((await fetch(`${url}/api/health`)).status, 200)
  for (const name of ['secret-key', 'enrol-secret']) t.is((await stat(join(folder, name))).mode & 0o777, 0o600, name)
  const headers = await logIn(setupLink!, { name: 'ana', password: 'correct horse battery' })
  const machine = await until('this machine', async () => (await (await fetch(`${url}/api/machines`, { headers })).json() as { items: any[] }).items[0])
  t.is(machine.hostname, hostname())
  t.is(machine.unverified, undefined)
  t.is((await fetch(setupLink!)).status, 403, 'the link holds once')
  const log = stderr()
  t.is(log.split('tss_').length, 2, 'the link is told once, and no request is logged with it')
  for (const name of ['secret-key', 'enrol-secret']) t.false(log.includes((await readFile(join(folder, name), 'utf8')).trim()), name)
})

test.serial('a second start keeps the secrets, and tells no link once there is an admin', async (t) => {
  const first = await serveWithAccess(t)
  await logIn(first.setupLink!, { name: 'ana', password: 'correct horse battery' })
  const secretsOf = async () => await Promise.all(['secret-key', 'enrol-secret'].map(async (name) => await readFile(join(first.folder, name), 'utf8')))
  const before = await secretsOf()
  first.child.kill('SIGTERM')
  await first.finished
  const second = await serveWithAccess(t, [], { TATUSCAN_DB_DIR: first.folder })
  t.deepEqual(await secretsOf(), before)
  t.false(second.stderr().includes('/setup'))
})

test.serial('secrets from the environment, or from files that it names, are used, and none is made', async (t) => {
  const folder = await folderOf(t)
  const file = join(folder, 'enrolment')
  await writeFile(file, 'an enrolment secret of a file\n')
  const data = join(folder, 'data')
  const { url, child, finished } = await serveWithAccess(t, [], { TATUSCAN_DB_DIR: data, SECRET_KEY: 'dev', TATUSCAN_ENROL_SECRET_FILE: file })
  const enrol = async (secret: string) => (await fetch(`${url}/api/enrol`, {
    method: 'POST', body: JSON.stringify({ machine_id: 'a'.repeat(64) }), headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` }
  })).status
  t.deepEqual([await enrol('an enrolment secret of another'), await enrol('an enrolment secret of a file')], [401, 201])
  for (const name of ['secret-key', 'enrol-secret']) await t.throwsAsync(async () => await stat(join(data, name)), { code: 'ENOENT' })
  child.kill('SIGTERM')
  t.is((await finished).code, 0)
})

const here = ['serve', '--port', '0']
const refused: readonly (readonly [what: string, flags: string[], env: Record<string, string>, expected: RegExp])[] = [
  ['--auth none where others reach it', ['--host', '0.0.0.0', '--auth', 'none'], {}, /is for a loopback address only; 0\.0\.0\.0 is reached from elsewhere$/],
  ['TATUSCAN_AUTH=none where others reach it, though a proxy is named', ['--host', '::', '--trust-proxy', '10.0.0.0/8', '--insecure-http'], { TATUSCAN_AUTH: 'none' }, /loopback/],
  ['an --auth that is none', ['--auth', 'off'], {}, /--auth is on or none; got "off"$/],
  ['an address that others reach, without TLS', ['--host', '0.0.0.0'], { TATUSCAN_AUTH: 'on' }, /in the clear: .* --trust-proxy 10\.0\.0\.0\/8, or say --insecure-http/],
  ['a proxy’s network that is none', ['--trust-proxy', '10.0.0.0/33'], {}, /a network looks like 10\.0\.0\.0\/8.*got "10\.0\.0\.0\/33"$/],
  ['an original’s network that is none', [], { TATUSCAN_AUTH: 'on', TATUSCAN_ALLOW_ORIGINAL: '10.0.0.0/8,all' }, /got "all"$/],
  ['an enrolment secret that is too short', [], { TATUSCAN_AUTH: 'on', TATUSCAN_ENROL_SECRET: 'short' }, /at least 16/]
]
for (const [what, flags, env, expected] of refused) {
  test(`${what}: ends with 2 and one line that says what to do`, async (t) => {
    const { code, stderr } = await run([...here, ...flags], { TATUSCAN_DB_DIR: await folderOf(t), ...env })
    t.is(code, 2)
    t.regex(stderr, /^tatuscan: [^\n]+\n$/)
    t.regex(stderr.trimEnd(), expected)
  })
}

test('an address of this machine alone is told from others, also where IPv4 is written as IPv6', (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1', '::ffff:7f00:1', '[::FFFF:7fff:ffff]']) t.true(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '128.0.0.1', '127.evil.example', '::ffff:192.0.2.1', '::ffff:7e00:1', '::ffff:7f:1', '[::ffff:c000:201]']) t.false(isLoopback(host), host)
})

test('a prefix is a path of names, and . and .. are none', (t) => {
  for (const [prefix, read] of [['/fleet', '/fleet'], ['/a/b.c/', '/a/b.c'], ['/.a/..b/...', '/.a/..b/...'], ['/', '']]) t.is(readServerSettings({ prefix }, {}).prefix, read, prefix)
  for (const prefix of ['/.', '/..', '/a/../b', '/a/..', '/./a', '/../', 'a', '/a//b', '/a b', '/%2e%2e']) {
    t.throws(() => readServerSettings({ prefix }, {}), { code: 'TATUSCAN_INVALID_OPTION', message: /--prefix must be a path such as \/inventory/ }, prefix)
  }
})

test('a secret that can’t be kept ends the start with 2, and says what to do', async (t) => {
  const folder = await folderOf(t)
  await mkdir(join(folder, 'secret-key'))
  const { code, stderr } = await run(here, { TATUSCAN_DB_DIR: folder, TATUSCAN_AUTH: 'on' })
  t.is(code, 2)
  t.regex(stderr, /^tatuscan: the secret .*secret-key can't be used \([^\n]*\); give one by SECRET_KEY or SECRET_KEY_FILE, or another folder by TATUSCAN_DB_DIR\n$/)
})

test.serial('--insecure-http, or a proxy that is named, lets others reach it; who asks is looked at all the same', async (t) => {
  for (const flags of [['--insecure-http'], ['--trust-proxy', '10.0.0.0/8']]) {
    const { url } = await serveWithAccess(t, ['--host', '0.0.0.0', ...flags])
    t.is((await fetch(`${url}/api/machines`)).status, 401)
  }
})

const nine = { machine_id: 'e'.repeat(64), hostname: 'old', ip: '127.0.0.1', os: 'linux', os_version: '', cpu_percent: 1, memory_total_mb: 1, memory_used_mb: 1, timestamp: '2026-01-01T00:00:00Z' }
const post = async (url: string, headers = {}) => await fetch(`${url}/api/machines`, { method: 'POST', body: JSON.stringify(nine), headers: { 'content-type': 'application/json', ...headers } })

test.serial('--allow-original takes reports without a key from its networks alone, through a trusted proxy by the address that it tells; and warns', async (t) => {
  const { url, stderr } = await serveWithAccess(t, ['--allow-original', '192.0.2.0/24', '--allow-original', '2001:db8::/32', '--trust-proxy', '127.0.0.1/32'])
  t.regex(stderr(), /reports without a key are taken from 192\.0\.2\.0\/24, 2001:db8::\/32/)
  t.is((await post(url)).status, 401)
  t.is((await post(url, { 'x-forwarded-for': '198.51.100.7' })).status, 401)
  t.is((await post(url, { 'x-forwarded-for': '192.0.2.7, 198.51.100.7' })).status, 401, 'what a client says of itself counts for nothing')
  const made = await post(url, { 'x-forwarded-for': '192.0.2.7' })
  t.is(made.status, 201)
  t.true((await made.json() as { item: { unverified: boolean } }).item.unverified)
  const without = await serveWithAccess(t)
  t.is((await post(without.url, { 'x-forwarded-for': '192.0.2.7' })).status, 401)
  t.false(without.stderr().includes('without a key'))
})

test.serial('--auth none asks nobody, makes no secrets, and warns', async (t) => {
  const folder = await folderOf(t)
  const running = start([...here, '--auth', 'none', '--agent'], { TATUSCAN_DB_DIR: folder })
  t.teardown(() => running.child.kill('SIGKILL'))
  const url = await until('the start', () => /TatuScan is at (http:\/\/[^ ]+)/.exec(running.stderr())?.[1])
  await until('this machine', async () => (await (await fetch(`${url}/api/machines`)).json() as { items: any[] }).items[0])
  t.regex(running.stderr(), /nobody is asked who they are \(--auth none\)/)
  await t.throwsAsync(async () => await stat(join(folder, 'enrol-secret')), { code: 'ENOENT' })
})
