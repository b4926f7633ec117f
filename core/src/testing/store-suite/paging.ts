import assert from 'node:assert/strict'
import { sortKeys, type MachineQuery } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { everything, names } from './expected.ts'
import { fleetReport, saveFleet } from './fleet.ts'
import { seeded } from './random.ts'

const orders = sortKeys.flatMap((sort) => (['asc', 'desc'] as const).map((dir) => ({ sort, dir })))

/** A listing page by page. */
export function paging (claim: ClaimOfStore): void {
  claim('pages of any size, put together, are the whole listing, and each tells the whole count', async ({ machines }) => {
    const random = seeded(4)
    await saveFleet(machines, random, 30)
    for (const order of orders) {
      const whole = await machines.list(order)
      assert.equal(whole.next, undefined)
      for (const limit of [1 + random.below(9), 15, 30]) {
        const pages = []
        let cursor: string | undefined
        do {
          const page = await machines.list({ ...order, limit, ...cursor !== undefined && { cursor } })
          assert.equal(page.count, 30)
          pages.push(page.machines)
          cursor = page.next
        } while (cursor !== undefined)
        assert.deepEqual(names(pages.flat()), names(whole.machines), `${order.sort} ${order.dir} by ${limit}`)
        assert.deepEqual(pages.map(({ length }) => length), pages.map((_, at) => Math.min(limit, 30 - at * limit)), 'every page but the last is full')
      }
    }
  })

  claim('pages of what a filter lets through are that whole listing, and count it alone', async ({ machines }) => {
    await saveFleet(machines, seeded(5), 40)
    for (const filter of [{ os: 'linux' }, { os_version: '' }, { q: 'A' }, { status: 'online' }, { facts: { 'sample.deep.tags': 'a' } }] as const) {
      for (const order of [{}, { sort: 'cpu_percent', dir: 'desc' }] as const) {
        const whole = await machines.list({ ...order, ...filter })
        assert.ok(whole.machines.length > 2, 'the fleet is big enough')
        assert.equal(whole.count, whole.machines.length)
        assert.deepEqual(names(await everything(machines, { ...order, ...filter, limit: 2 })), names(whole.machines))
        assert.equal((await machines.list({ ...order, ...filter, limit: 2 })).count, whole.count)
      }
    }
  })

  claim('an empty store, and a filter that lets nothing through, have one empty page', async ({ machines }) => {
    assert.deepEqual(await machines.list(), { machines: [], count: 0 })
    await machines.save(sampleReport())
    assert.deepEqual(await machines.list({ os: 'plan9', limit: 5 }), { machines: [], count: 0 })
  })

  claim('a cursor of another order, or that is none, is TATUSCAN_INVALID_REQUEST', async ({ machines }) => {
    await saveFleet(machines, seeded(6), 10)
    const refused = async (query: MachineQuery) => await assert.rejects(machines.list(query), { code: 'TATUSCAN_INVALID_REQUEST' }, JSON.stringify(query))
    const { next } = await machines.list({ limit: 3 })
    for (const order of [{ dir: 'desc' }, { sort: 'last_seen' }, { sort: 'machine_id' }] as const) await refused({ ...order, limit: 3, cursor: next! })
    for (const cursor of ['', 'garbage', '%', '😀', '\0', '0', '-1', 'W10', 'bnVsbA', 'e30', 'x'.repeat(2000)]) {
      await refused({ cursor })
      await refused({ sort: 'cpu_percent', dir: 'desc', cursor })
    }
    assert.equal((await machines.list({ sort: 'hostname', dir: 'asc', limit: 3, cursor: next! })).machines.length, 3, 'the default order, named')
  })

  claim('a page goes on where the last one ended, although that machine was removed since', async ({ machines }) => {
    const random = seeded(7)
    await saveFleet(machines, random, 60)
    for (const order of orders) {
      const before = await everything(machines, order)
      const limit = 1 + random.below(before.length - 1)
      const page = await machines.list({ ...order, limit })
      assert.equal(await machines.remove(page.machines.at(-1)!.machine_id), true)
      const rest = await everything(machines, { ...order, limit: 20, cursor: page.next! })
      assert.deepEqual(names(rest), names(before.slice(limit)), `${order.sort} ${order.dir} after ${limit}`)
    }
  })

  claim('machines that come between two pages, and that go, move no other', async ({ machines }) => {
    const random = seeded(8)
    await saveFleet(machines, random, 30)
    for (const sort of ['hostname', 'created_at', 'machine_id'] as const) {
      for (const dir of ['asc', 'desc'] as const) {
        const before = await everything(machines)
        const seen = []
        const gone = new Set<string>()
        let cursor: string | undefined
        do {
          const page = await machines.list({ sort, dir, limit: 4, ...cursor !== undefined && { cursor } })
          seen.push(...page.machines)
          cursor = page.next
          const { machine_id } = random.of(before)
          if (await machines.remove(machine_id)) gone.add(machine_id)
          await machines.save(fleetReport(random))
        } while (cursor !== undefined)
        assert.equal(new Set(names(seen)).size, seen.length, 'none twice')
        const stayed = before.filter(({ machine_id }) => !gone.has(machine_id))
        const ids = new Set(seen.map(({ machine_id }) => machine_id))
        assert.deepEqual(names(stayed.filter(({ machine_id }) => !ids.has(machine_id))), [], `none skipped by ${sort} ${dir}`)
      }
    }
  })

  claim('under hostname a machine that comes ahead of the cursor is listed, and one behind it is not', async ({ machines }) => {
    for (const hostname of ['b', 'd', 'f', 'h']) await machines.save(sampleReport({ hostname }))
    const { next } = await machines.list({ limit: 2 })
    for (const hostname of ['a', 'c', 'd ', 'e', 'i']) await machines.save(sampleReport({ hostname }))
    const rest = await machines.list({ cursor: next! })
    assert.deepEqual(rest.machines.map(({ hostname }) => hostname), ['d ', 'e', 'f', 'h', 'i'])
    assert.equal(rest.count, 9)
  })
}
