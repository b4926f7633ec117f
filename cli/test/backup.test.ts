import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import test, { type ExecutionContext } from 'ava'
import { createOracle } from '../../server-plugins/storage/test/durability/oracle.ts'
import { onEach } from '../../server-plugins/storage/test/databases.ts'
import { run, start, type Running } from './run.ts'

const fixture = fileURLToPath(new URL('fixtures/original-sqlite.db', import.meta.url))

async function folder (t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tatuscan-backup-'))
  t.teardown(async () => await rm(path, { recursive: true }))
  return path
}

async function serve (t: ExecutionContext, env: Record<string, string>): Promise<Running & { readonly url: string }> {
  const running = start(['serve', '--port', '0'], env)
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
  })
  for (;;) {
    const url = /TatuScan is at (http:\/\/[^ ]+)/.exec(running.stderr())?.[1]
    if (url !== undefined) return { ...running, url }
    if (running.child.exitCode !== null) throw new Error(`the server ended: ${running.stderr()}`)
    await sleep(20)
  }
}

async function machines (url: string): Promise<Map<string, any>> {
  const { items } = await (await fetch(`${url}/api/machines?include=facts,failures`)).json() as { items: { machine_id: string }[] }
  return new Map(items.map((item) => [item.machine_id, item]))
}

test.serial('a backup that is made under load is one moment of the database, and a server on it serves the same machines', async (t) => {
  const path = await folder(t)
  const env = { TATUSCAN_DB_DIR: path }
  t.is((await run(['import', fixture], env)).code, 0)
  const server = await serve(t, env)
  const oracle = createOracle()
  const load = oracle.load(() => [server.url])
  while (oracle.acknowledged < 200) await sleep(10)
  const before = await machines(server.url)
  const file = join(path, 'backups.db')
  const { code, stdout, stderr } = await run(['backup', file, '--json'], env)
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  const { size, mode } = await stat(file)
  t.deepEqual(JSON.parse(stdout), { file, bytes: size })
  t.is(mode & 0o777, 0o600)
  await load.stop()

  const restored = await folder(t)
  await copyFile(file, join(restored, 'tatuscan.db'))
  const found = await machines((await serve(t, { TATUSCAN_DB_DIR: restored })).url)
  for (const [id, machine] of before) {
    const copy = found.get(id)
    if (machine.facts?.oracle === undefined) t.deepEqual(copy, machine)
    else t.true(copy.memory_used_mb >= machine.memory_used_mb && copy.facts.oracle.number === copy.memory_used_mb, `${copy.memory_used_mb} ${machine.memory_used_mb}`)
  }
  t.deepEqual((await readdir(path)).filter((name) => name.includes('partial')), [])
  const database = new Sqlite(file)
  t.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }])
  database.close()
})

test.serial('a backup overwrites nothing, and says what else it can’t do, with 2 and one line', async (t) => {
  const path = await folder(t)
  const env = { TATUSCAN_DB_DIR: path }
  t.regex((await run(['backup', join(path, 'copy.db')], env)).stderr, /^tatuscan: there is no database at \S+ yet\n$/)
  t.is((await run(['import', fixture], env)).code, 0)
  const file = join(path, 'mine.txt')
  await writeFile(file, 'mine')
  const { code, stderr } = await run(['backup', file], env)
  t.is(code, 2)
  t.regex(stderr, /^tatuscan: \S+mine\.txt is there already, and stays as it is[^\n]+\n$/)
  t.is(await readFile(file, 'utf8'), 'mine')
  t.is((await run(['backup', join(path, 'no', 'folder', 'copy.db')], env)).code, 1)
  t.deepEqual((await readdir(path)).sort(), ['mine.txt', 'tatuscan.db'])
})

test.serial('a backup that is ended leaves nothing of its file', async (t) => {
  const path = await folder(t)
  const env = { TATUSCAN_DB_DIR: path }
  const database = new Sqlite(join(path, 'tatuscan.db'))
  database.exec('create table large (content blob)')
  const insert = database.prepare('insert into large values (zeroblob(10000000))')
  for (let count = 0; count < 30; count++) insert.run()
  database.close()
  const { child, finished } = start(['backup', join(path, 'copy.db')], env)
  while (!(await readdir(path)).some((name) => name.endsWith('.partial')) && child.exitCode === null) await sleep(1)
  child.kill('SIGINT')
  t.is((await finished).code, 130)
  t.deepEqual(await readdir(path), ['tatuscan.db'])
})

onEach('backup names the tool of this database, with 2, and the command works as it stands', async (t, { kind, url }) => {
  const path = await folder(t)
  const { code, stderr } = await run(['backup', join(path, 'the dump')], { TATUSCAN_DATABASE_URL: url.replace('//root@', '//root:pass%20word@') })
  t.is(code, 2)
  t.false(stderr.includes('pass'))
  const command = /^tatuscan: backup copies SQLite; \S+ has a tool of its own: ((?:pg_dump|mariadb-dump) .+)\n$/.exec(stderr)![1]!
  const tool = command.split(' ')[0]!
  if (!['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(join(folder, tool)))) return t.log(`${tool} is not installed`)
  await promisify(execFile)('sh', ['-c', command])
  t.true((await stat(join(path, 'the dump'))).size > 0)
  t.truthy(kind)
}, ['postgresql', 'mysql'], test.serial)
