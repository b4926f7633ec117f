import assert from 'node:assert/strict'
import type { Machine, MachineQuery } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { everything, names, streamed } from './expected.ts'
import { fleetReport, saveAll, saveFleet } from './fleet.ts'
import { seeded } from './random.ts'

/** All machines in portions. */
export function streaming (claim: ClaimOfStore): void {
  claim('stream() gives what list() does, in its order, whatever the query', async ({ machines }) => {
    assert.deepEqual(await streamed(machines), [])
    await saveFleet(machines, seeded(9), 40)
    const queries: MachineQuery[] = [
      {}, { dir: 'desc' }, { sort: 'cpu_percent' }, { sort: 'os_version', dir: 'desc' }, { sort: 'created_at' }, { include: ['facts', 'failures'] }, { include: ['facts'], sort: 'ip' },
      { q: 'a' }, { os: 'linux', include: ['failures'] }, { os_version: '', sort: 'memory_used_mb', dir: 'desc' }, { facts: { 'sample.deep.on': 'true' } }, { status: 'online' }, { status: 'lost' }, { facts: {} }
    ]
    for (const query of queries) assert.deepEqual(await streamed(machines, query), await everything(machines, query), JSON.stringify(query))
  })

  claim('thousands of machines come in portions and in pages of at most 1000, each machine once', async ({ machines }) => {
    const size = 2500
    const reports = Array.from({ length: size }, (_, at) => sampleReport({ hostname: `m-${at % 50}-${at}`, os: at % 2 === 0 ? 'linux' : 'windows', cpu_percent: at % 7 }))
    await saveAll(machines, reports)
    for (const query of [{}, { sort: 'cpu_percent', dir: 'desc' }, { include: ['facts'] }, { os: 'linux' }] as const) {
      const portions: Machine[][] = []
      for await (const portion of machines.stream(query)) portions.push(portion)
      const matching = 'os' in query ? size / 2 : size
      assert.ok(portions.length > 1 && portions.every(({ length }) => length < matching), 'not all at once')
      assert.equal(new Set(portions.flat().map(({ machine_id }) => machine_id)).size, matching)
      assert.deepEqual(names(portions.flat()), names(await everything(machines, query)))
    }
    const { machines: page, count, next } = await machines.list()
    assert.deepEqual([page.length, count, next === undefined], [1000, size, false])
    assert.equal((await machines.summary()).total, size)
  })

  claim('who is there all the while is streamed exactly once, whoever comes and goes', async ({ machines }) => {
    const random = seeded(10)
    const stays = Array.from({ length: 1200 }, (_, at) => sampleReport({ hostname: `stays-${at}` }))
    const goes = Array.from({ length: 100 }, (_, at) => sampleReport({ hostname: `${random.of(['a', 'stays-5', 'z'])}-${at}` }))
    await saveAll(machines, [...stays, ...goes])
    const seen: string[] = []
    for await (const portion of machines.stream()) {
      seen.push(...portion.map(({ hostname }) => hostname))
      for (const { machine_id } of goes.splice(0, 20)) await machines.remove(machine_id)
      await saveAll(machines, Array.from({ length: 20 }, () => fleetReport(random)))
    }
    assert.deepEqual(seen.filter((hostname) => /^stays-\d+$/.test(hostname)).sort(), stays.map(({ hostname }) => hostname).sort())
  })

  claim('a stream that is left early leaves the store as it was', async ({ machines }) => {
    await saveAll(machines, Array.from({ length: 1500 }, () => sampleReport()))
    const stream = machines.stream({ sort: 'last_seen' })[Symbol.asyncIterator]()
    assert.equal((await stream.next()).done, false)
    await stream.return?.()
    assert.equal((await machines.save(sampleReport())).outcome, 'created')
    assert.equal((await machines.list({ limit: 1 })).count, 1501)
  })
}
