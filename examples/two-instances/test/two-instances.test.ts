import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { twoInstances } from '../src/index.ts'

test('two instances in one process keep their machines apart, each in its own database', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-two-instances-'))
  const databases = { '/office': `sqlite:${join(folder, 'office.db')}`, '/school': `sqlite:${join(folder, 'school.db')}` }
  let app = await twoInstances(databases)
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  const hostnames = async (prefix: string) => (await app.inject(`${prefix}/api/machines`)).json().items.map(({ hostname }: { hostname: string }) => hostname)
  for (const [prefix, hostname] of [['/office', 'desk'], ['/school', 'blackboard']]) {
    t.is((await app.inject({ method: 'POST', url: `${prefix}/api/machines`, payload: sampleReport({ hostname: hostname! }) })).statusCode, 201)
  }
  t.deepEqual(await hostnames('/office'), ['desk'])
  t.deepEqual(await hostnames('/school'), ['blackboard'])
  await app.close()
  app = await twoInstances(databases)
  t.deepEqual(await hostnames('/school'), ['blackboard'], 'after a restart too')
})
