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
}
