import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { onEach, type TestDatabase } from '../../server-plugins/storage/test/databases.ts'
import { originalRow, writeOriginal } from '../../server-plugins/storage/test/originals.ts'
import { commands } from '../src/commands/index.ts'
import { run, start, type Running } from './run.ts'

const fixture = fileURLToPath(new URL('fixtures/original-sqlite.db', import.meta.url))

async function temporary (t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-import-cli-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  return folder
}

async function until<Value> (what: string, look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  const end = Date.now() + 60_000
  while (Date.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(20)
  }
  throw new Error(`waited in vain: ${what}`)
}

async function serve (t: ExecutionContext, env: Record<string, string>): Promise<Running & { readonly url: string }> {
  const running = start(['serve', '--port', '0'], env)
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
  })
  const url = await until('the start line', () => {
    if (running.child.exitCode !== null) throw new Error(`the server ended: ${running.stderr()}`)
    return /TatuScan is at (http:\/\/[^ ]+)/.exec(running.stderr())?.[1]
  })
  return { ...running, url }
}

async function get (url: string): Promise<any> {
  return await (await fetch(url)).json()
}

/** An original of so many machines. */
async function large (t: ExecutionContext, size: number): Promise<string> {
  const file = join(await temporary(t), 'original.db')
  writeOriginal(file, Array.from({ length: size }, (_, number) => originalRow(number, { machine_id: hash('sha256', String(number)) })))
  return file
}

/** Makes the tables, by an import of nothing, so that how many machines there are can be asked from the start. */
async function prepared (t: ExecutionContext, { url }: TestDatabase): Promise<Record<string, string>> {
  const env = { TATUSCAN_DATABASE_URL: url }
  t.like(await run(['import', await large(t, 0)], env), { code: 0, stderr: '' })
  return env
}

async function count ({ query }: TestDatabase): Promise<number> {
  const [row] = await query<{ count: string | number }>('select count(*) as count from inventory')
  return Number(row!.count)
}

test.serial('import brings all machines in and says what it did; run again it says that nothing changed', async (t) => {
  const env = { TATUSCAN_DB_DIR: await temporary(t) }
  const first = await run(['import', fixture], env)
  t.deepEqual(first, {
    code: 0,
    stderr: '',
    stdout: `Imported: ${fixture}
  Into         ${join(env.TATUSCAN_DB_DIR, 'tatuscan.db')}
  Local times  read as of America/Cuiaba
  Read         300
  Created      300
  Completed    0
  Unchanged    0
  Refused      0
`
  })
  const { code, stdout, stderr } = await run(['import', `sqlite:///${fixture}`, '--json'], { ...env, TIMEZONE: 'America/Cuiaba' })
  t.deepEqual([code, stderr], [0, ''])
  t.deepEqual(JSON.parse(stdout), {
    from: fixture, into: join(env.TATUSCAN_DB_DIR, 'tatuscan.db'), time_zone: 'America/Cuiaba', complete: true, read: 300, created: 0, completed: 0, unchanged: 300, refused: [], altered: []
  })
})

test.serial('the guide shows what import prints, and only commands that there are', async (t) => {
  const guide = await readFile(new URL('../../docs/migrating.md', import.meta.url), 'utf8')
  const folder = await temporary(t)
  await copyFile(fixture, join(folder, 'tatuscan.db.original'))
  const { stdout } = await run(['import', join(folder, 'tatuscan.db.original')], { TATUSCAN_DB_DIR: folder })
  t.true(guide.replaceAll(/^ {3}/gm, '').includes(`$ npx tatuscan import /var/lib/tatuscan/tatuscan.db.original\n${stdout.replaceAll(folder, '/var/lib/tatuscan')}`))
  const named = new Set([...guide.matchAll(/npx tatuscan ([a-z]+)/g)].map(([, name]) => name!))
  t.deepEqual([...named].filter((name) => !(name in commands)), [])
})

test.serial('what was refused is named, and can’t steer a terminal', async (t) => {
  const folder = await temporary(t)
  writeOriginal(join(folder, 'original.db'), [originalRow(1), originalRow(2, { machine_id: '\u001b[31mred' }), originalRow(3, { computer_activation: '\u001b[2Jsoon' })])
  const { code, stdout } = await run(['import', join(folder, 'original.db')], { TATUSCAN_DB_DIR: folder })
  t.is(code, 0)
  t.regex(stdout, /^Refused\n {2}\ufffd\[31mred {2}machine_id is not 64 hex digits, so no agent can report under it$/m)
  t.regex(stdout, /^Not quite as they were\n {2}0+3 {2}computer_activation is \ufffd\[2Jsoon, no time; unknown now$/m)
})

test.serial('the database that the configuration names is the one that is filled, as with serve', async (t) => {
  const folder = await temporary(t)
  const [config, into] = [join(folder, 'tatuscan.config.js'), join(folder, 'named.db')]
  await writeFile(config, `export default { server: { database: ${JSON.stringify(`sqlite:${into}`)}, timeZone: 'UTC' } }`)
  const { stdout } = await run(['import', fixture, '--json', '--config', config])
  t.like(JSON.parse(stdout), { into, time_zone: 'UTC', created: 300 })
})

test.serial('what can’t be imported ends with 2 and one line, which holds no password; nothing is made', async (t) => {
  const folder = await temporary(t)
  const env = { TATUSCAN_DB_DIR: join(folder, 'data') }
  await writeFile(join(folder, 'text.db'), 'no database')
  for (const [given, line] of [
    [[], /import takes one database of the original, such as: tatuscan import /],
    [['postgresql://u:secret@h/a', 'postgresql://u:secret@h/b'], /import takes one database/],
    [[join(folder, 'absent.db')], /there is no such file/],
    [[join(folder, 'text.db')], /it is no SQLite database/],
    [['oracle://u:secret@h/x'], /oracle: is not supported/],
    [['postgresql+psycopg2://u:secret@127.0.0.1:1/x'], /postgresql:\/\/127\.0\.0\.1:1\/x can't be imported: .*ECONNREFUSED/],
    [['mysql+pymysql://u:secret@127.0.0.1:1/x'], /mysql:\/\/127\.0\.0\.1:1\/x can't be imported: .*ECONNREFUSED/]
  ] as const) {
    const { code, stdout, stderr } = await run(['import', ...given], env)
    t.is(code, 2, given.join(' '))
    t.is(stdout, '')
    t.regex(stderr, /^tatuscan: [^\n]+\n$/)
    t.regex(stderr, line)
    t.notRegex(stderr, /secret/)
  }
  t.deepEqual(await readdir(folder), ['text.db'])
})

test.serial('the original’s own settings, which name its database, are told to name another; its bytes stay', async (t) => {
  const file = join(await temporary(t), 'tatuscan.db')
  await copyFile(fixture, file)
  const { code, stderr } = await run(['import', file], { SQLALCHEMY_DATABASE_URI: `sqlite:///${file}` })
  t.is(code, 2)
  t.regex(stderr, /^tatuscan: [^\n]+can't be imported into itself: name another one for TatuScan in TATUSCAN_DATABASE_URL[^\n]+\n$/)
  t.deepEqual(await readFile(file), await readFile(fixture))
})

test.serial('what serve says on the original’s database, done to the letter, takes it over', async (t) => {
  const folder = await temporary(t)
  const env = { TATUSCAN_DB_DIR: folder }
  await copyFile(fixture, join(folder, 'tatuscan.db'))
  const { code, stderr } = await run(['serve', '--port', '0'], env)
  t.is(code, 2)
  const [, aside, given] = /move it aside, for example to (\S+), start again, and run: tatuscan import (\S+)\n$/.exec(stderr)!
  await rename(join(folder, 'tatuscan.db'), aside!)
  const { url } = await serve(t, env)
  t.regex((await run(['import', given!], env)).stdout, /^ {2}Created +300$/m)
  t.is((await get(`${url}/api/machines`)).count, 300)
  const { items: [bare] } = await get(`${url}/api/machines?q=srv-000`)
  t.like(bare, { ip: '', os_version: '' })
  for (const page of ['/', '/report', '/charts', `/machines/${bare.machine_id}`]) {
    const answer = await fetch(url + page)
    t.is(answer.status, 200)
    t.notRegex(await answer.text(), /<bdi[^>]*><\/bdi>/, `${page} shows as unknown what the original left empty`)
  }
})

onEach('import while the server serves: it sees every machine, and no report ever fails', async (t, database) => {
  const env = { TATUSCAN_DATABASE_URL: database.url }
  const { url } = await serve(t, env)
  const statuses = new Set<number>()
  const ended = new AbortController()
  let sent = 0
  const reporting = Promise.all(Array.from({ length: 8 }, async () => {
    while (!ended.signal.aborted) {
      const report = { ...sampleReport({ hostname: 'live' }), machine_id: hash('sha256', `live ${sent++ % 100}`) }
      const { status, body } = await fetch(`${url}/api/machines`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(report) })
      await body?.cancel()
      statuses.add(status)
    }
  }))
  await until('a hundred machines that report', async () => (await get(`${url}/api/machines?limit=1`)).count === 100 || undefined) // so its roster is loaded
  const from = await large(t, 6000)
  const { code, stdout } = await run(['import', from, '--json'], env)
  ended.abort()
  await reporting
  t.is(code, 0)
  t.like(JSON.parse(stdout), { read: 6000, created: 6000 })
  t.deepEqual([...statuses].sort(), [200, 201])
  t.is((await get(`${url}/api/machines`)).items.length, 6100)
  t.is((await get(`${url}/api/machines?sort=created_at&limit=1`)).count, 6100)
  t.is((await get(`${url}/api/machines?q=srv-5999`)).items[0].created_at, '2026-11-24T01:54:19.872-04:00')
}, ['sqlite', 'postgresql'], test.serial)

onEach('killed at any point and run again, import ends complete', async (t, database) => {
  const env = await prepared(t, database)
  const size = database.kind === 'sqlite' ? 40_000 : 20_000
  const from = await large(t, size)
  let before = 0
  for (let kill = 0; kill < 4; kill++) {
    const { child, finished } = start(['import', from], env)
    const enough = before + 1 + Math.floor(Math.random() * size / 10)
    await until('some machines', async () => child.exitCode !== null || await count(database) >= enough || undefined)
    child.kill('SIGKILL')
    await finished
    const now = await count(database)
    t.true(now >= before)
    before = now
  }
  t.true(before > 0 && before < size, `${before} machines were there when it was last killed`)
  const { code, stdout } = await run(['import', from, '--json'], env)
  t.is(code, 0)
  t.like(JSON.parse(stdout), { complete: true, read: size, created: size - before, unchanged: before })
  t.is(await count(database), size)
  const [{ count: broken }] = await database.query("select count(*) as count from inventory where hostname not like 'srv-%' or os_version is null or last_seen <> created_at") as [{ count: string | number }]
  t.is(Number(broken), 0)
}, ['sqlite', 'postgresql'], test.serial)

onEach('SIGINT ends it after the portion that is under way, with 130, and says how to go on', async (t, database) => {
  const env = await prepared(t, database)
  const size = 30_000
  const from = await large(t, size)
  const { child, finished } = start(['import', from, '--json'], env)
  await until('some machines', async () => await count(database) > 0 || undefined)
  child.kill('SIGINT')
  const { code, stdout, stderr } = await finished
  t.is(code, 130)
  const { complete, read, created } = JSON.parse(stdout)
  t.false(complete)
  t.is(read, created)
  t.is(await count(database), created)
  t.is(stderr, `tatuscan: SIGINT was received: ended after ${read} machines, which are kept; running it again goes on from there\n`)
  t.like(JSON.parse((await run(['import', from, '--json'], env)).stdout), { complete: true, created: size - created, unchanged: created })
}, ['sqlite'], test.serial)

const onTerminal = existsSync('/usr/bin/script') && process.platform === 'linux' ? test.serial : test.skip
onTerminal('on a terminal a bar shows how far it is, and is gone in the end (needs /usr/bin/script)', async (t) => {
  const from = await large(t, 1500)
  const folder = await temporary(t)
  const bin = fileURLToPath(new URL('../bin/tatuscan.js', import.meta.url))
  const { stdout } = await promisify(execFile)('script', ['--quiet', '--return', '--command', `stty cols 80; '${process.execPath}' '${bin}' import '${from}'`, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: folder, TATUSCAN_DB_DIR: folder, TERM: 'xterm' }
  })
  t.regex(stdout, /\r\[█{13}░{27}\] 500 of 1500\r\[█{27}░{13}\] 1000 of 1500\r\[█{40}\] 1500 of 1500\r\u001b\[K/) // eslint-disable-line no-control-regex -- it is what is looked for
  t.regex(stdout, /Created {6}1500/)
})

test.serial('elsewhere the log tells each tenth, where it is asked to', async (t) => {
  const from = await large(t, 1500)
  const { stderr } = await run(['import', from, '--log-level', 'info'], { TATUSCAN_DB_DIR: await temporary(t) })
  t.deepEqual(stderr.trim().split('\n').map((line) => JSON.parse(line).msg), ['500 of 1500 machines', '1000 of 1500 machines', '1500 of 1500 machines'])
})
