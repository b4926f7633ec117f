import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { bin, run, start } from './run.ts'

const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
const fixture = fileURLToPath(new URL('fixtures/original-sqlite.db', import.meta.url))

/** The shell commands of a section. */
function commands (section: string): string[] {
  const [, body] = text.split(`## ${section}\n`)
  return [...body!.split('\n## ')[0]!.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!)
}

/** Runs commands of the page, with folders of the test in the place of the system's. */
async function shell (block: string, folder: string, env: Record<string, string>): Promise<void> {
  const mine = block.replaceAll('npx tatuscan', `'${process.execPath}' '${bin}'`).replaceAll('/var/', `${folder}/var/`)
  await promisify(execFile)('sh', ['-ec', mine], { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, TATUSCAN_STATE_DIR: folder, ...env } })
}

async function prepare (t: ExecutionContext): Promise<{ folder: string, data: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-operations-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const data = join(folder, 'var/lib/tatuscan')
  for (const path of [data, join(folder, 'var/backups')]) await mkdir(path, { recursive: true })
  return { folder, data }
}

async function serve (t: ExecutionContext, env: Record<string, string>): Promise<string> {
  const { child, finished, stderr } = start(['serve', '--port', '0'], env)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await finished
  })
  for (;;) {
    const url = /TatuScan is at (http:\/\/[^ ]+)/.exec(stderr())?.[1]
    if (url !== undefined) return url
    if (child.exitCode !== null) throw new Error(`the server ended: ${stderr()}`)
    await sleep(20)
  }
}

test.serial('the page’s commands back a database up, and restore it', async (t) => {
  const { folder, data } = await prepare(t)
  const env = { TATUSCAN_DB_DIR: data }
  t.is((await run(['import', fixture], env)).code, 0)
  const [backup, restore] = commands('Backup and restore')
  await shell(backup!, folder, env)
  await writeFile(join(data, 'tatuscan.db'), 'damaged')
  await shell(restore!, folder, env)
  t.deepEqual((await readdir(data)).sort(), ['before', 'tatuscan.db'])
  const url = await serve(t, env)
  t.is((await (await fetch(`${url}/api/machines?limit=1`)).json() as { count: number }).count, 300)
})

test.serial('with the token that the page makes a scraper reads the metrics, and without it nobody does', async (t) => {
  const { folder, data } = await prepare(t)
  const env = { TATUSCAN_DB_DIR: data, TATUSCAN_AUTH: 'on' }
  t.is((await run(['import', fixture], env)).code, 0)
  await shell(commands('Metrics')[0]!, folder, env)
  const url = await serve(t, env)
  t.is((await fetch(`${url}/metrics`)).status, 401)
  const token = (await readFile(join(folder, 'prometheus.token'), 'utf8')).trim()
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  t.is(answer.status, 200)
  const metrics = await answer.text()
  t.regex(metrics, /^tatuscan_machines\{status="\w+"\} 300$/m)
  t.false(metrics.includes(token))
  for (const [, name] of text.matchAll(/`[^`]*\b(tatuscan_\w+)[^`]*`/g)) t.true(metrics.includes(`# TYPE ${name} `), name)
})
