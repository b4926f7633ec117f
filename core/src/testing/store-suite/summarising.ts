import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { summaryOf } from './expected.ts'

const noAges = ['0–12', '12–36', '36–60', '60–120', '>120'].map((value) => ({ value, count: 0 }))

/** Machines counted. */
export function summarising (claim: ClaimOfStore): void {
  claim('an empty store’s summary is all zero, its memory unknown', async ({ machines }) => {
    const empty = {
      total: 0,
      status: { online: 0, late: 0, stale: 0, lost: 0 },
      os: [],
      os_version: [],
      age: noAges,
      age_months: { minimum: null, average: null, maximum: null },
      memory: { minimum_mb: null, average_mb: null, maximum_mb: null },
      fresh: { day: 0, week: 0, month: 0 },
      duplicates: 0,
      failing_total: 0,
      failing: []
    }
    assert.deepEqual(await summaryOf(machines), empty)
    await machines.save(sampleReport())
    assert.deepEqual(await summaryOf(machines, { os: 'plan9' }), empty)
  })

  claim('the summary counts by status, system, version and age, and tells memory; a filter narrows it', async ({ machines }) => {
    const years = (count: number) => {
      const start = new Date()
      start.setUTCMonth(start.getUTCMonth() - count * 12)
      return new Date(start.getTime() - 3_600_000)
    }
    for (const [os, os_version, memory_total_mb, age, interval_s] of [
      ['linux', 'Debian 12', 1024, 0.5, 60], ['linux', 'Debian 12', 3072, 2, 60], ['linux', 'Debian 12', 0, 2.5, 0.0001], ['linux', null, null, null, 60], ['linux', null, null, 4, 60],
      ['windows', 'Windows 11', null, 7, 0.0001], ['windows', null, 8192, 20, 60], ['Windows', null, 8193, 40, 60]
    ] as const) {
      await machines.save({ ...sampleReport({ os, os_version, memory_total_mb, interval_s }), computer_activation: age === null ? null : years(age) })
    }
    await sleep(20)
    assert.deepEqual(await summaryOf(machines), {
      total: 8,
      status: { online: 6, late: 0, stale: 2, lost: 0 },
      os: [{ value: 'linux', count: 5 }, { value: 'windows', count: 2 }, { value: 'Windows', count: 1 }],
      os_version: [{ value: null, count: 4 }, { value: 'Debian 12', count: 3 }, { value: 'Windows 11', count: 1 }],
      age: [
        { value: '0–12', count: 1 }, { value: '12–36', count: 2 }, { value: '36–60', count: 1 }, { value: '60–120', count: 1 }, { value: '>120', count: 2 }, { value: null, count: 1 }
      ],
      age_months: { minimum: 6, average: 130, maximum: 480 },
      memory: { minimum_mb: 0, average_mb: 4096, maximum_mb: 8193 },
      ...quiet(8)
    })
    assert.deepEqual(await summaryOf(machines, { os: 'windows', status: 'stale' }), {
      total: 1,
      status: { online: 0, late: 0, stale: 1, lost: 0 },
      os: [{ value: 'windows', count: 1 }],
      os_version: [{ value: 'Windows 11', count: 1 }],
      age: noAges.map((band) => band.value === '60–120' ? { ...band, count: 1 } : band),
      age_months: { minimum: 84, average: 84, maximum: 84 },
      memory: { minimum_mb: null, average_mb: null, maximum_mb: null },
      ...quiet(1)
    })
  })

  claim('large memory is added up without loss', async ({ machines }) => {
    for (let at = 0; at < 2; at++) await machines.save(sampleReport({ memory_total_mb: 2 ** 53 - 1 }))
    assert.deepEqual((await machines.summary()).memory, { minimum_mb: 2 ** 53 - 1, average_mb: 2 ** 53 - 1, maximum_mb: 2 ** 53 - 1 })
  })

  claim('the summary tells what is new and what is double, and when it was counted', async ({ machines }) => {
    const before = Date.now()
    const shared = sampleReport().machine_id
    for (const hostname of ['a', 'b', 'a', 'b', 'a']) await machines.save({ ...sampleReport({ hostname }), machine_id: shared })
    await machines.save(sampleReport())
    const { fresh, duplicates, as_of: asOf } = await machines.summary()
    assert.deepEqual([fresh, duplicates], [{ day: 2, week: 2, month: 2 }, 1])
    assert.ok(asOf.getTime() >= before && asOf.getTime() <= Date.now())
    assert.deepEqual((await machines.summary({ duplicate: true })).fresh, { day: 1, week: 1, month: 1 })
  })

  claim('the summary tells what fails on how many machines, and since when without a pause', async ({ machines }) => {
    const told = async (hostname: string, ...failing: string[]) => {
      const failures = failing.map((collector, at) => ({ collector, code: 'X', message: `${at}`, ms: at }))
      const { machine } = await machines.save(sampleReport({ hostname, failures }))
      await sleep(3)
      return machine.last_seen
    }
    const first = await told('a', 'gpu')
    await told('b', 'gpu', 'disk')
    const second = await told('b', 'disk', 'smart', 'smart')
    const third = await told('c', 'gpu')
    await told('a', 'gpu')
    const failing = async (filter = {}) => {
      const { failing, failing_total: total } = await machines.summary(filter)
      return [total, ...failing.map(({ collector, count, since }) => `${collector} ${count} ${since.toISOString()}`)]
    }
    const since = (collector: string, count: number, time: Date) => `${collector} ${count} ${time.toISOString()}`
    const disk = (await failing({ failing: 'disk' }))[1]
    assert.deepEqual(await failing(), [3, since('gpu', 2, first), disk, since('smart', 1, second)])
    await told('a')
    assert.deepEqual(await failing(), [2, disk, since('gpu', 1, third), since('smart', 1, second)])
    const again = await told('a', 'gpu')
    assert.deepEqual(await failing({ os: 'linux', failing: '' }), [3, since('gpu', 2, third), disk, since('smart', 1, second)])
    assert.deepEqual(await failing({ q: sampleReport({ hostname: 'a' }).machine_id }), [1, since('gpu', 1, again)])
    const { failures } = (await machines.find(sampleReport({ hostname: 'a' }).machine_id))!
    assert.deepEqual(failures, [{ collector: 'gpu', code: 'X', message: '0', ms: 0 }], 'failures stay as they were told')
  })
}

/** What machines have that are new and of which nothing is odd. */
function quiet (fresh: number) {
  return { fresh: { day: fresh, week: fresh, month: fresh }, duplicates: 0, failing_total: 0, failing: [] }
}
