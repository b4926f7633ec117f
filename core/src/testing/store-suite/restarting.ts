import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineStore } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { everything, summaryOf } from './expected.ts'
import { saveFleet } from './fleet.ts'
import { seeded } from './random.ts'

/** A store that was closed and opened again. */
export function restarting (claim: ClaimOfStore): void {
  claim('all that was saved, changed and removed is so after a restart', async ({ machines, restarted }) => {
    await saveFleet(machines, seeded(15), 30)
    const { machine: gone } = await machines.save(sampleReport())
    await machines.remove(gone.machine_id)
    const read = async (store: MachineStore) => [await everything(store, { include: ['facts', 'failures'] }), await summaryOf(store), await store.collectors()]
    const before = await read(machines)
    const after = await restarted()
    assert.deepEqual(await read(after), before)
    assert.equal(await after.find(gone.machine_id), undefined)
  })

  claim('after a restart it still tells the same report from a newer one and from a conflict', async ({ machines, restarted }) => {
    const [older, report] = [sampleReport({ hostname: 'kept' }), sampleReport({ hostname: 'kept' })]
    await machines.save(report)
    const after = await restarted()
    for (const [again, outcome] of [[report, 'known'], [older, 'known'], [{ ...report, cpu_percent: 99 }, 'conflict'], [sampleReport({ hostname: 'kept' }), 'updated']] as const) {
      assert.equal((await after.save(again)).outcome, outcome)
    }
  })

  claim('what was acknowledged while it closed is there after a restart', async ({ machines, restarted }) => {
    const saves = Array.from({ length: 200 }, async () => await machines.save(sampleReport()).then(({ machine }) => machine.machine_id, () => undefined))
    await Promise.race(saves)
    const after = await restarted()
    for (const id of await Promise.all(saves)) if (id !== undefined) assert.ok(await after.find(id))
  })

  claim('closing ends, and so does every read that is under way', async ({ machines, restarted }) => {
    await machines.save(sampleReport())
    const reads: Promise<unknown>[] = []
    for (let milliseconds = 0; milliseconds < 12; milliseconds++) {
      const open = machines
      for (let at = 0; at < 40; at++) reads.push(open.list({ facts: { [`sample.f${at}`]: '' } }).catch(() => {}))
      await sleep(milliseconds)
      machines = await restarted()
    }
    await Promise.all(reads)
    assert.equal((await machines.list()).count, 1)
  })
}
