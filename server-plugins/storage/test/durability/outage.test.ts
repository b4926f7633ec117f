import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { createOracle, type Load } from './oracle.ts'
import { ownServer, programs } from './own-server.ts'
import { startServer } from './start-server.ts'

for (const kind of ['postgresql', 'mysql'] as const) {
  const declare = programs[kind] === undefined && process.env.CI !== 'true' ? test.skip : test.serial

  declare(`${kind}: crashed and started again under load, it costs no acknowledged report; meanwhile the answer is 503, and the server recovers by itself`, async (t) => {
    t.timeout(180_000)
    const database = await ownServer(t, kind)
    const server = await startServer(database.url)
    t.teardown(async () => await server.end('SIGKILL'))
    const oracle = createOracle()
    for (let crash = 0; crash < 3; crash++) {
      const load = oracle.load(() => [server.url], { pause: 5 })
      await sleep(400)
      await database.crash()
      await answers(load, 503)
      await database.start()
      await recovers(load)
      await load.stop()
      onlyGoodOr503(t, load)
      t.deepEqual(await oracle.complaints(server.url), [])
      t.log(`slowest answer ${load.slowest.toFixed(0)} ms, ${JSON.stringify(Object.fromEntries(load.statuses))}`)
    }
  })

  declare(`${kind}: a database that hangs gets a 503 in time, with Retry-After, for what writes and what reads`, async (t) => {
    t.timeout(180_000)
    const database = await ownServer(t, kind)
    const server = await startServer(database.url)
    t.teardown(async () => await server.end('SIGKILL'))
    const oracle = createOracle({ machines: 5 })
    const load = oracle.load(() => [server.url], { pause: 5 })
    await sleep(400)
    await database.signal('SIGSTOP')
    const answer = await fetch(`${server.url}/api/machines?q=oracle`)
    t.is(answer.status, 503)
    t.regex(answer.headers.get('retry-after') ?? '', /^\d+$/)
    t.is((await answer.json() as { code: string }).code, 'TATUSCAN_STORE_UNAVAILABLE')
    await answers(load, 503)
    await database.signal('SIGCONT')
    await recovers(load)
    await load.stop()
    onlyGoodOr503(t, load)
    t.deepEqual(await oracle.complaints(server.url), [])
    t.log(`slowest answer ${load.slowest.toFixed(0)} ms`)
  })
}

const mayMount = userInfo().uid === 0 && process.platform === 'linux'
const onFullDisk = mayMount || process.env.CI === 'true' ? test.serial : test.skip

onFullDisk('sqlite: on a disk that is full it costs no acknowledged report; meanwhile the answer is 503, and the server recovers by itself', async (t) => {
  t.timeout(120_000)
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder])
  t.teardown(async () => {
    execFileSync('umount', ['-l', folder])
    await rm(folder, { recursive: true })
  })
  const server = await startServer(`sqlite:${join(folder, 'test.db')}`)
  t.teardown(async () => await server.end('SIGKILL'))
  const oracle = createOracle()
  const load = oracle.load(() => [server.url])
  await sleep(300)
  await writeFile(join(folder, 'filler'), Buffer.alloc(8 * 1024 * 1024)).catch(() => {}) // as much as there is room for
  await answers(load, 503)
  await rm(join(folder, 'filler'))
  await recovers(load)
  await load.stop()
  onlyGoodOr503(t, load)
  t.deepEqual(await oracle.complaints(server.url), [])
  await server.end('SIGKILL')
  const again = await startServer(`sqlite:${join(folder, 'test.db')}`)
  t.deepEqual(await oracle.complaints(again.url), [])
  await again.end('SIGTERM')
})

/** Resolves when answers of this status have come, from now on. */
async function answers (load: Load, status: number): Promise<void> {
  const before = load.statuses.get(status) ?? 0
  for (let waited = 0; (load.statuses.get(status) ?? 0) <= before; waited += 20) {
    if (waited > 20_000) throw new Error(`no answer with ${status} came; there were ${JSON.stringify(Object.fromEntries(load.statuses))}`)
    await sleep(20)
  }
}

async function recovers (load: Load): Promise<void> {
  await answers(load, 200)
}

function onlyGoodOr503 (t: ExecutionContext, { statuses }: Load): void {
  t.deepEqual([...statuses.keys()].filter((status) => ![200, 201, 503].includes(status)), [])
}
