import assert from 'node:assert/strict'
import { sortKeys } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { everything, expectedListing, names } from './expected.ts'
import { inOrder, saveAll, saveFleet } from './fleet.ts'
import { seeded, shuffled } from './random.ts'

/** The order of a listing. */
export function ordering (claim: ClaimOfStore): void {
  claim('machines are listed by hostname, and any text goes by code point', async ({ machines }) => {
    await saveAll(machines, shuffled(seeded(1), inOrder).map((text) => (
      { ...sampleReport({ hostname: text, ip: text, os: text, os_version: text }), computer_model: text, agent_version: text }
    )))
    const hostnames = async (query = {}) => (await machines.list(query)).machines.map(({ hostname }) => hostname)
    assert.deepEqual(await hostnames(), inOrder)
    for (const sort of ['hostname', 'ip', 'os', 'os_version', 'computer_model', 'agent_version'] as const) {
      assert.deepEqual(await hostnames({ sort }), inOrder, sort)
      assert.deepEqual(await hostnames({ sort, dir: 'desc' }), inOrder.toReversed(), `${sort} desc`)
    }
  })

  claim('under every sort unknown comes last both ways, and ties go by machine_id', async ({ machines }) => {
    await saveFleet(machines, seeded(2), 60)
    const all = await everything(machines)
    for (const sort of sortKeys) {
      for (const dir of ['asc', 'desc'] as const) {
        assert.deepEqual(names((await machines.list({ sort, dir })).machines), names(expectedListing(all, { sort, dir })), `${sort} ${dir}`)
      }
    }
    assert.deepEqual(names(all), names(expectedListing(all, {})))
  })

  claim('a fact sorts by the first 200 characters of its text, and a page of long ones is followed by the next', async ({ machines }) => {
    const long = ['"', '\u0001', '😀', 'x'].flatMap((letter) => ['b', 'a'].map((end) => letter.repeat(199) + end).concat(letter.repeat(3000) + 'a', letter.repeat(3000)))
    const facts = [...long, long.slice(0, 4), { list: long }]
    await saveAll(machines, facts.map((value, at) => sampleReport({ hostname: `${at}`, facts: { gpu: { value } } })))
    for (const dir of ['asc', 'desc'] as const) {
      const expected = names(expectedListing((await everything(machines, { include: ['facts'] })), { sort: 'facts.gpu.value', dir }))
      const found: string[] = []
      let cursor: string | undefined
      do {
        const page: Awaited<ReturnType<typeof machines.list>> = await machines.list({ sort: 'facts.gpu.value', dir, limit: 1, ...cursor !== undefined && { cursor } })
        found.push(...names(page.machines))
        cursor = page.next
        assert.ok(cursor === undefined || cursor.length < 4000)
      } while (cursor !== undefined)
      assert.deepEqual(found, expected, dir)
    }
  })

  claim('a fact sorts by number, then by text, unknown last both ways', async ({ machines }) => {
    const inTurn = [-1e21, -1.5, 0, 2, 10, 1e21, '', '10', '2', 'B', [1], [1, 'x'], [2], 'a', 'b', false, 'true!', 'é', '\uFFFD', '😀', { a: 1 }]
    const text = (value: unknown) => typeof value === 'object' ? JSON.stringify(value) : String(value)
    const known = [...inTurn.slice(0, 6), ...inTurn.slice(6).sort((a, b) => Buffer.compare(Buffer.from(text(a)), Buffer.from(text(b))))]
    const reports = [...known, null, undefined].map((value, at) => sampleReport({ hostname: `${at}`, facts: { gpu: value === undefined ? {} : { value } } }))
    await saveAll(machines, [...shuffled(seeded(15), reports), sampleReport({ hostname: '23', facts: {} })])
    const unknown = ['21', '22', '23'].sort((a, b) => sampleReport({ hostname: a }).machine_id < sampleReport({ hostname: b }).machine_id ? -1 : 1)
    for (const dir of ['asc', 'desc'] as const) {
      const order = { sort: 'facts.gpu.value', dir } as const
      const expected = [...dir === 'asc' ? known.keys() : [...known.keys()].reverse()].map(String).concat(unknown)
      assert.deepEqual((await machines.list(order)).machines.map(({ hostname }) => hostname), expected, dir)
      for (const limit of [1, 5]) assert.deepEqual((await everything(machines, { ...order, limit })).map(({ hostname }) => hostname), expected, `${dir}, pages of ${limit}`)
    }
    assert.equal((await machines.list({ sort: 'facts.nobody.told' })).count, 24)
    const { next } = await machines.list({ sort: 'facts.gpu.value', limit: 1 })
    assert.ok(next!.length < 4000)
    await assert.rejects(machines.list({ sort: 'facts.gpu.other', cursor: next! }), { code: 'TATUSCAN_INVALID_REQUEST' })
  })
}
