import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { createDatabase, onEach } from '../databases.ts'
import { createOracle } from './oracle.ts'
import { startServer } from './start-server.ts'

/** `npm run test:long` asks for more. */
const crashes = Number(process.env.TATUSCAN_TEST_CRASHES ?? 20)

onEach('a server that is killed under load has lost no acknowledged report, made up none, and is ready again', async (t, { kind, url, query }) => {
  t.timeout(600_000)
  const oracle = createOracle()
  let server = await startServer(url)
  let slowest = 0
  for (let crash = 0; crash < crashes; crash++) {
    const load = oracle.load(() => [server.url])
    await sleep(30 + Math.random() * 300)
    const stopped = load.stop()
    await server.end('SIGKILL')
    await stopped
    server = await startServer(url)
    slowest = Math.max(slowest, server.readyAfter)
    t.deepEqual(await oracle.complaints(server.url), [], `after crash ${crash + 1}`)
  }
  await server.end('SIGTERM')
  if (kind === 'sqlite') t.deepEqual(await query('pragma integrity_check'), [{ integrity_check: 'ok' }])
  t.log(`${crashes} crashes, ${oracle.acknowledged} reports acknowledged, ready again within ${slowest.toFixed(0)} ms`)
})

test('the oracle sees what a server loses that acknowledges before the commit', async (t) => {
  t.timeout(120_000)
  const { url, drop } = await createDatabase('sqlite')
  t.teardown(drop)
  const oracle = createOracle()
  const complaints: string[] = []
  for (let crash = 0; crash < 20 && complaints.length === 0; crash++) {
    const server = await startServer(url, { early: true })
    const load = oracle.load(() => [server.url])
    await sleep(50 + Math.random() * 200)
    await server.end('SIGKILL')
    await load.stop()
    const again = await startServer(url)
    complaints.push(...await oracle.complaints(again.url))
    await again.end('SIGTERM')
  }
  t.true(complaints.length > 0)
  t.regex(complaints[0]!, /was acknowledged/)
})
