import { onEach } from '../databases.ts'
import { createOracle } from './oracle.ts'
import { startServer } from './start-server.ts'

onEach('five servers that start together on an empty database all become ready, and one migrates', async (t, { url, query }) => {
  t.timeout(120_000)
  const servers = await Promise.all(Array.from({ length: 5 }, async () => await startServer(url)))
  for (const server of servers) t.is((await fetch(`${server.url}/api/health`)).status, 200)
  const applied = await query<{ name: string }>('select name from tatuscan_migrations order by name')
  t.deepEqual(applied.map(({ name }) => name), [...new Set(applied.map(({ name }) => name))])
  await Promise.all(servers.map(async (server) => await server.end('SIGTERM')))
})

/** `npm run test:long` asks for more. */
const reports = Number(process.env.TATUSCAN_TEST_SHARED_REPORTS ?? 4000)

onEach('reports for 100 machines through two servers on one database: no client meets an error, and every machine ends at its newest', async (t, { url }) => {
  t.timeout(300_000)
  const servers = await Promise.all([startServer(url), startServer(url)])
  const oracle = createOracle({ machines: 100 })
  const load = oracle.load(() => servers.map((server) => server.url))
  while ([...load.statuses.values()].reduce((sum, count) => sum + count, 0) < reports) await new Promise((resolve) => setTimeout(resolve, 50))
  await load.stop()
  t.deepEqual([...load.statuses.keys()].sort(), [200, 201])
  for (const server of servers) {
    t.deepEqual(await oracle.complaints(server.url), [])
    // Each server finds what the other has written
    const { items } = await (await fetch(`${server.url}/api/machines?sort=memory_used_mb&dir=desc&limit=100`)).json() as { items: { memory_used_mb: number }[] }
    t.is(items[0]!.memory_used_mb, oracle.newest)
  }
  await Promise.all(servers.map(async (server) => await server.end('SIGTERM')))
})
