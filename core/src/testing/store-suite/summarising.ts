import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'

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
      memory: { minimum_mb: null, average_mb: null, maximum_mb: null }
    }
    assert.deepEqual(await machines.summary(), empty)
    await machines.save(sampleReport())
    assert.deepEqual(await machines.summary({ os: 'plan9' }), empty)
  })

  claim('the summary counts by status, system, version and age, and tells memory; a filter narrows it', async ({ machines }) => {
    const years = (count: number) => new Date(Date.now() - count * 365.25 * 86_400_000)
    for (const [os, os_version, memory_total_mb, age, interval_s] of [
      ['linux', 'Debian 12', 1024, 0.5, 60], ['linux', 'Debian 12', 3072, 2, 60], ['linux', 'Debian 12', 0, 2.5, 0.0001], ['linux', null, null, null, 60], ['linux', null, null, 4, 60],
      ['windows', 'Windows 11', null, 7, 0.0001], ['windows', null, 8192, 20, 60], ['Windows', null, 8193, 40, 60]
    ] as const) {
      await machines.save({ ...sampleReport({ os, os_version, memory_total_mb, interval_s }), computer_activation: age === null ? null : years(age) })
    }
    await sleep(20)
    assert.deepEqual(await machines.summary(), {
      total: 8,
      status: { online: 6, late: 0, stale: 2, lost: 0 },
      os: [{ value: 'linux', count: 5 }, { value: 'windows', count: 2 }, { value: 'Windows', count: 1 }],
      os_version: [{ value: null, count: 4 }, { value: 'Debian 12', count: 3 }, { value: 'Windows 11', count: 1 }],
      age: [
        { value: '0–12', count: 1 }, { value: '12–36', count: 2 }, { value: '36–60', count: 1 }, { value: '60–120', count: 1 }, { value: '>120', count: 2 }, { value: null, count: 1 }
      ],
      memory: { minimum_mb: 0, average_mb: 4096, maximum_mb: 8193 }
    })
    assert.deepEqual(await machines.summary({ os: 'windows', status: 'stale' }), {
      total: 1,
      status: { online: 0, late: 0, stale: 1, lost: 0 },
      os: [{ value: 'windows', count: 1 }],
      os_version: [{ value: 'Windows 11', count: 1 }],
      age: noAges.map((band) => band.value === '60–120' ? { ...band, count: 1 } : band),
      memory: { minimum_mb: null, average_mb: null, maximum_mb: null }
    })
  })

  claim('large memory is added up without loss', async ({ machines }) => {
    for (let at = 0; at < 2; at++) await machines.save(sampleReport({ memory_total_mb: 2 ** 53 - 1 }))
    assert.deepEqual((await machines.summary()).memory, { minimum_mb: 2 ** 53 - 1, average_mb: 2 ** 53 - 1, maximum_mb: 2 ** 53 - 1 })
  })
}
