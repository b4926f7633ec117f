import assert from 'node:assert/strict'
import type { MachineStore } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { comeAndGo } from './coming-and-going.ts'
import { everything, names, streamed, summaryOf } from './expected.ts'
import { saveFleet } from './fleet.ts'
import { seeded, shuffled } from './random.ts'

/** Two servers on one store. */
export function sharing (claim: ClaimOfStore): void {
  claim('what one server has saved, changed or removed, another’s next read knows', async ({ machines, another }) => {
    const other = await another()
    const report = sampleReport({ hostname: 'shared' })
    const facts = { facts: { 'sample.answer': '42' } }
    const read = async (store: MachineStore) => ({
      found: await store.find(report.machine_id),
      listings: [
        await store.list(), await store.list({ q: 'SHARED', sort: 'last_seen' }), await store.list(facts), await store.list({ facts: { 'nobody\0.told': '' } }),
        await streamed(store), await streamed(store, { sort: 'ip' })
      ],
      summary: await summaryOf(store),
      collectors: await store.collectors()
    })
    const agree = async (count: number) => {
      const [here, there] = [await read(machines), await read(other)]
      assert.deepEqual(there, here)
      assert.equal(there.summary.total, count)
      assert.equal(there.listings.flatMap((listing) => 'count' in listing ? listing.machines : listing).length, count * 6)
    }
    await agree(0)
    await machines.save(report)
    await agree(1)
    await other.update(report.machine_id, { computer_model: 'OptiPlex' })
    await agree(1)
    await other.save(sampleReport({ hostname: 'shared', facts: { sample: { answer: 42 } } }))
    assert.equal((await machines.save(report)).outcome, 'known')
    await agree(1)
    await other.remove(report.machine_id)
    await agree(0)
    assert.equal((await machines.save(report)).outcome, 'created')
    await agree(1)
  })

  claim('whoever comes, changes and goes through either of two servers, both list the same', async ({ machines, another }) => {
    await comeAndGo([machines, await another()], seeded(12))
  })

  claim('reports through two servers at once leave every machine at its newest, and make each one once', async ({ machines, another }) => {
    const servers = [machines, await another()]
    const random = seeded(13)
    const reports = Array.from({ length: 400 }, (_, at) => sampleReport({ hostname: `both-${at % 20}`, cpu_percent: Math.floor(at / 20), facts: { sample: { answer: at } } }))
    const newest = new Map(reports.map((report) => [report.machine_id, report]))
    const saved = await Promise.all(shuffled(random, [...reports, ...reports]).map(async (report) => await random.of(servers).save(report)))
    assert.equal(saved.filter(({ outcome }) => outcome === 'created').length, 20)
    assert.equal(saved.filter(({ outcome }) => outcome === 'conflict').length, 0)
    for (const server of servers) {
      const listed = await everything(server, { include: ['facts'] })
      assert.equal(listed.length, 20)
      for (const { machine_id, cpu_percent, facts } of listed) {
        assert.deepEqual({ cpu_percent, facts }, { cpu_percent: newest.get(machine_id)!.cpu_percent, facts: newest.get(machine_id)!.facts })
      }
    }
  })

  claim('a page of one server goes on at another', async ({ machines, another }) => {
    await saveFleet(machines, seeded(14), 20)
    const other = await another()
    for (const order of [{}, { sort: 'cpu_percent', dir: 'desc' }, { sort: 'os_version' }] as const) {
      const whole = await everything(machines, order)
      const { machines: page, next } = await machines.list({ ...order, limit: 7 })
      assert.deepEqual(names([...page, ...await everything(other, { ...order, limit: 7, cursor: next! })]), names(whole))
    }
  })

  claim('the newest schema is the newest, whichever server took it', async ({ machines, another }) => {
    const other = await another()
    const [first, second] = ['First', 'Second'].map((title) => ({ type: 'object', title }))
    for (const [server, sample] of [[machines, first], [other, second], [machines, first], [other, second], [other, first], [machines, first], [machines, second]] as const) {
      await server.save(sampleReport({ schemas: { sample: sample! } }))
      for (const each of [machines, other]) assert.deepEqual((await each.collectors()).map(({ schema }) => schema), [sample])
    }
  })
}
