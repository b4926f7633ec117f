import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { onEach, type TestDatabase } from '../../server-plugins/storage/test/databases.ts'
import { logIn, serveWithAccess, until } from './access.ts'
import { withoutPasswords } from '../src/hide-passwords.ts'
import { run, start } from './run.ts'

const execute = promisify(execFile)

/** A secret whose characters are written in another way in a URL, a form and JSON. */
const made = (name: string): string => `${name} "/+?${randomBytes(12).toString('base64')}&#`

/** How a secret may be written: as it is, in a URL, a form, JSON, hexadecimal, and in base64 at any place of a longer text. */
function writings (secret: string): string[] {
  const bytes = Buffer.from(secret)
  const in64 = [0, 1, 2].flatMap((before) => (['base64', 'base64url'] as const).map((encoding) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(3)]).toString(encoding)
    return padded.slice(before === 0 ? 0 : before + 1, Math.floor((before + bytes.length) * 8 / 6))
  }))
  return [...new Set([
    secret, encodeURIComponent(secret), encodeURI(secret), new URLSearchParams({ '': secret }).toString().slice(1), JSON.stringify(secret).slice(1, -1), bytes.toString('hex'), ...in64
  ])]
}

/** Which secrets a text holds, in which writing. */
function found (text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => writings(secret).filter((writing) => text.includes(writing)).map((writing) => `${name}, written ${writing}`))
}

test('a secret is found in whatever it is written, wherever in a text', (t) => {
  const secret = made('a secret')
  for (const before of ['', 'a', 'ab', 'abc']) {
    for (const written of [
      secret, encodeURIComponent(secret), new URLSearchParams([['p', secret]]).toString(), JSON.stringify({ secret }), Buffer.from(`${before}${secret}`).toString('hex'),
      Buffer.from(`${before}${secret}:x`).toString('base64'), Buffer.from(`${before}${secret}yz`).toString('base64url')
    ]) t.true(found(`before ${before}${written} after`, { secret }).length > 0, written)
  }
  t.deepEqual(found(`some other text ${made('a secret')}`, { secret }), [])
})

test('passwords of URLs are taken out of the arguments that others see, and nothing else', (t) => {
  t.deepEqual(withoutPasswords(['daemon', '--url=http://ana:p%40ss@host:8040/x', 'postgresql://u:p@ss@h/db?x=a:b@c']), ['daemon', '--url=http://ana:…@host:8040/x', 'postgresql://u:…@h/db?x=a:b@c'])
  t.deepEqual(withoutPasswords(['postgresql://h/db?user=u&password=S3cret', 'mysql://h/db?PassWord=a@b/c&ssl=1#x', 'mariadb://u:p@h/db?passwd=p&pwd=p']), ['postgresql://h/db?user=u&password=…', 'mysql://h/db?PassWord=…&ssl=1#x', 'mariadb://u:…@h/db?passwd=…&pwd=…'])
  t.is(withoutPasswords(['password=x', 'http://h/?passwords=x', 'http://h/password=x', '--filter', 'a&b=password=x']), undefined)
  t.is(withoutPasswords(['daemon', '--url', 'http://ana@host:8040', 'http://[::1]:80/a:b@c', 'https://h:80/?q=a:b@c']), undefined)
})

/** All that a database holds, as whoever gets hold of a dump reads it. */
async function dump ({ kind, url }: TestDatabase): Promise<string> {
  const { username, hostname, port, pathname } = new URL(url)
  if (kind === 'sqlite') {
    const folder = pathname.slice(0, pathname.lastIndexOf('/'))
    return (await Promise.all((await readdir(folder)).map(async (name) => await readFile(join(folder, name), 'latin1')))).join('\n')
  }
  const { stdout } = kind === 'postgresql'
    ? await execute('pg_dump', ['--inserts', `--dbname=${url}`])
    : await execute('mariadb-dump', [`--host=${hostname}`, `--port=${port}`, `--user=${username}`, pathname.slice(1)])
  return stdout
}

/** Every process of tatuscan with its arguments, as anybody on this machine may list them. */
async function processes (): Promise<string> {
  const lines = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    .map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')) // it may have ended
  return (await Promise.all(lines)).filter((line) => line.includes('tatuscan')).join('\n')
}

/** A user of the database with a password of its own; SQLite has none. */
async function withPassword (t: ExecutionContext, { kind, url, query }: TestDatabase, password: string): Promise<string> {
  if (kind === 'sqlite') return url
  const user = `tatuscan_${randomBytes(6).toString('hex')}`
  const text = password.replaceAll("'", "''")
  if (kind === 'postgresql') {
    await query(`create role ${user} login superuser password '${text}'`)
    t.teardown(async () => { await query(`reassign owned by ${user} to current_user; drop role ${user}`) })
  } else {
    await query(`create user ${user}@'%' identified by '${text}'`)
    await query(`grant all on *.* to ${user}@'%'`)
    t.teardown(async () => { await query(`drop user ${user}@'%'`) })
  }
  return Object.assign(new URL(url), { username: user, password: encodeURIComponent(password) }).href
}

onEach('the database, all logs at debug, every error, the list of processes and the metrics hold no secret', async (t, database) => {
  t.timeout(170_000)
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-secrets-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  const secrets: Record<string, string> = Object.fromEntries([
    'the secret key', 'the enrolment secret', 'the password of the database', 'a password', 'another password', 'a wrong password', 'a password in the agent’s URL', 'a proxy’s password', 'a wrong secret'
  ].map((name) => [name, made(name)]))
  const enrolSecret = secrets['the enrolment secret']!
  const seen: Record<string, string> = {}

  const databaseUrl = await withPassword(t, database, secrets['the password of the database']!)
  const server = await serveWithAccess(t, ['--log-level', 'debug'], {
    SECRET_KEY: secrets['the secret key']!, TATUSCAN_ENROL_SECRET: enrolSecret, ...database.kind === 'sqlite' ? { TATUSCAN_DB_DIR: join(databaseUrl, '..').slice('sqlite:'.length), TATUSCAN_DB_FILE: 'test.db' } : { TATUSCAN_DATABASE_URL: databaseUrl }
  })
  const { url, setupLink } = server
  secrets['the setup’s code'] = new URL(setupLink!).searchParams.get('code')!

  // People, tokens
  const { cookie } = await logIn(setupLink!, { name: 'ana', password: secrets['a password']! })
  for (const part of cookie.split('; ')) secrets[`the cookie ${part.split('=')[0]}`] = part.slice(part.indexOf('=') + 1)
  secrets['the form’s token'] = /name="_form" value="([^"]+)"/.exec(await (await fetch(`${url}/login`)).text())![1]!
  secrets['the session’s token'] = /name="_csrf" value="([^"]+)"/.exec(await (await fetch(`${url}/logout`, { headers: { cookie } })).text())![1]!
  const changes = { cookie, 'x-csrf-token': secrets['the session’s token']!, 'content-type': 'application/json' }
  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => await (await fetch(url + path, { method, headers, redirect: 'manual', ...body !== undefined && { body } })).text()
  for (const role of ['admin', 'viewer', 'enrol']) secrets[`a token of the role ${role}`] = JSON.parse(await ask('POST', '/api/tokens', changes, JSON.stringify({ role }))).token
  await ask('POST', '/api/users', changes, JSON.stringify({ name: 'bia', role: 'viewer', password: secrets['another password'] }))
  const bearer = { authorization: `Bearer ${secrets['a token of the role viewer']}` }

  // An agent, which keeps on reporting; and one that does not get through its proxy
  const agentUrl = Object.assign(new URL(url), { username: 'agent', password: encodeURIComponent(secrets['a password in the agent’s URL']!) }).href
  const few = ['--no-collector', 'cpu']
  const daemon = start(['daemon', '--url', agentUrl, '--interval', '1s', '--log-level', 'debug', ...few], { TATUSCAN_ENROL_SECRET: enrolSecret, TATUSCAN_STATE_DIR: folder })
  t.teardown(() => daemon.child.kill('SIGKILL'))
  await until('this machine', async () => JSON.parse(await ask('GET', '/api/machines', bearer)).items[0])
  for (const keys of Object.values<Record<string, { key: string }>>(JSON.parse(await readFile(join(folder, 'keys.json'), 'utf8')))) secrets['the agent’s key'] = Object.values(keys)[0]!.key
  const proxy = `http://someone:${encodeURIComponent(secrets['a proxy’s password']!)}@127.0.0.1:9`
  const astray = await run(['collect', '--send', '--url', 'http://inventory.example.invalid', '--log-level', 'debug', ...few], { HTTP_PROXY: proxy, TATUSCAN_TOKEN: secrets['a wrong secret']! })
  const refused = await run(['collect', '--send', '--url', agentUrl, '--log-level', 'debug', ...few], { TATUSCAN_ENROL_SECRET: secrets['a wrong secret']! })
  const client = await run(['machines', 'list', '--url', agentUrl], { TATUSCAN_TOKEN: secrets['a wrong secret']! })
  t.deepEqual([astray.code, refused.code, client.code], [3, 3, 1])

  // What goes wrong
  const form = { 'content-type': 'application/x-www-form-urlencoded', cookie: `tatuscan_form=${secrets['the cookie tatuscan_form'] ?? ''}` }
  const answers = [
    ask('POST', '/login', form, new URLSearchParams({ name: 'ana', password: secrets['a wrong password']!, _form: 'wrong' }).toString()),
    ask('POST', '/login', { 'content-type': 'application/json' }, JSON.stringify({ name: 'ana', password: secrets['a password'] })),
    ask('POST', '/login', { 'content-type': 'text/plain' }, secrets['a password']),
    ask('POST', '/setup', form, new URLSearchParams({ code: secrets['the setup’s code']!, password: secrets['a password']! }).toString()),
    ask('GET', `/setup?code=${secrets['the setup’s code']}`),
    ...['the enrolment secret', 'a wrong secret', 'the agent’s key', 'a token of the role viewer', 'a token of the role enrol', 'the secret key'].flatMap((name) => [
      ['POST', '/api/users'], ['GET', '/api/nothing'], ['DELETE', '/api/users/nobody'], ['POST', '/api/enrol']
    ].map(async ([method, path]) => await ask(method!, path!, { authorization: `Bearer ${secrets[name]}` }))),
    ask('GET', '/api/machines', { authorization: `Basic ${Buffer.from(`ana:${secrets['a password']}`).toString('base64')}` }),
    ...[`{"name": "ana", "role": "viewer", "password": "${secrets['another password']}`, JSON.stringify({ name: 'a b', role: 'viewer', password: secrets['another password'] }),
      JSON.stringify({ name: 'rui', role: 'nobody', password: secrets['another password'] }), JSON.stringify({ name: 'rui', role: 'viewer', password: [secrets['another password']] }),
      JSON.stringify({ name: 'rui', role: 'viewer', passphrase: secrets['another password'] }), JSON.stringify(secrets['another password']), secrets['another password']!
    ].map(async (body) => await ask('POST', '/api/users', changes, body)),
    ask('PATCH', '/api/machines/nothing', { ...changes, 'x-csrf-token': 'wrong' }, '{}'),
    ask('POST', '/api/machines', { authorization: `Bearer ${secrets['the agent’s key']}`, 'content-type': 'application/json' }, `{"machine_id": "${secrets['the agent’s key']}"`)
  ]
  seen['the errors'] = (await Promise.all(answers)).join('\n')
  const login = await ask('POST', '/login', { ...form, cookie: '' }, '')
  seen['the errors'] += login
  seen['the metrics'] = await ask('GET', '/metrics', bearer)
  seen['the list of processes'] = await processes()
  t.true(seen['the list of processes'].includes('tatuscan daemon --url http://agent:…@127.0.0.1'), 'the agent is listed')
  for (const { child, finished } of [daemon, server]) {
    child.kill('SIGTERM')
    t.is((await finished).code, 0)
  }
  seen['the database'] = await dump(database)
  seen['the log of the agent'] = [await daemon.finished, astray, refused, client].map(({ stdout, stderr }) => stdout + stderr).join('\n')
  const { stdout, stderr } = await server.finished
  t.is(stderr.split(secrets['the setup’s code']!).length, 2, 'the link is told once, to whoever starts the server')
  seen['the log of the server'] = stdout + stderr.replace(secrets['the setup’s code']!, '')

  for (const [place, word] of Object.entries({
    'the database': hostname(), 'the log of the server': '/api/enrol', 'the log of the agent': 'delivered a report', 'the errors': 'TATUSCAN_UNAUTHORIZED', 'the metrics': 'tatuscan_reports_total'
  })) t.true(seen[place]!.includes(word), `${place} was looked at`)
  t.true(Object.keys(secrets).length >= 17, Object.keys(secrets).join())
  for (const [place, text] of Object.entries(seen)) t.deepEqual(found(text, secrets), [], place)
}, undefined, test.serial)
