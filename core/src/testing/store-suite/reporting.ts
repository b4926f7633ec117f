import assert from 'node:assert/strict'
import type { IncomingReport } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { nineOf } from './nine-of.ts'
import { seeded, shuffled } from './random.ts'

const failure = { collector: 'gpu', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 }

/** What becomes of a machine when reports come. */
export function reporting (claim: ClaimOfStore): void {
  claim('the first report makes a machine of just what it tells', async ({ machines }) => {
    const report = sampleReport()
    const { timestamp: _timestamp, report_id, facts, failures, schemas: _schemas, ...told } = report
    const { outcome, machine, newest_report_id } = await machines.save(report)
    const { created_at, clock_offset_s } = machine
    assert.equal(outcome, 'created')
    assert.equal(newest_report_id, report_id)
    assert.ok(created_at instanceof Date)
    assert.equal(typeof clock_offset_s, 'number')
    const expected = {
      ...told,
      computer_model: null,
      computer_activation: null,
      activation_days: null,
      created_at,
      updated_at: null,
      last_seen: created_at,
      status: 'online',
      clock_offset_s,
      duplicate: null,
      unverified: false
    }
    assert.deepEqual(machine, expected)
    assert.deepEqual((await machines.list()).machines, [expected])
    assert.deepEqual(await machines.find(report.machine_id), { ...expected, facts, failures })
  })

  claim('a newer report replaces all that the one before told', async ({ machines }) => {
    const before = sampleReport({ hostname: 'before' })
    const { machine: first } = await machines.save(before)
    const newer = {
      ...sampleReport({ hostname: 'after', ip: null, os: 'windows', os_version: null, cpu_percent: null, memory_total_mb: null, memory_used_mb: null, facts: {} }),
      machine_id: before.machine_id,
      agent_version: '9.9.9',
      interval_s: 300
    }
    const { outcome, machine, newest_report_id } = await machines.save(newer)
    const { timestamp: _timestamp, report_id, facts: _facts, failures: _failures, schemas: _schemas, ...told } = newer
    assert.equal(outcome, 'updated')
    assert.equal(newest_report_id, report_id)
    const { last_seen, clock_offset_s } = machine
    assert.ok(last_seen >= first.last_seen)
    assert.deepEqual(machine, { ...first, ...told, updated_at: last_seen, last_seen, clock_offset_s })
    assert.deepEqual(await machines.find(before.machine_id), { ...machine, facts: {}, failures: [] })
    assert.equal((await machines.list()).count, 1)
  })

  claim('the same report again, or an older one, is acknowledged and changes nothing', async ({ machines }) => {
    const [older, newest] = [sampleReport({ hostname: 'twice' }), sampleReport({ hostname: 'twice', cpu_percent: 99, facts: { other: { told: true } } })]
    await machines.save(newest)
    const known = await machines.find(newest.machine_id)
    for (const report of [newest, older, { ...older, cpu_percent: 1 }]) {
      const { outcome, machine, newest_report_id } = await machines.save(report)
      assert.equal(outcome, 'known')
      assert.equal(newest_report_id, newest.report_id)
      assert.equal(machine.cpu_percent, 99)
      assert.deepEqual(await machines.find(newest.machine_id), known)
    }
  })

  claim('the same id with another body is a conflict and changes nothing', async ({ machines }) => {
    const report = sampleReport()
    await machines.save(report)
    const known = await machines.find(report.machine_id)
    const others: Partial<IncomingReport>[] = [{ cpu_percent: 99 }, { ip: null }, { facts: { sample: { answer: 43 } } }, { facts: {} }, { failures: [failure] }, { computer_model: 'OptiPlex' }]
    for (const other of others) {
      const { outcome, newest_report_id } = await machines.save({ ...report, ...other })
      assert.equal(outcome, 'conflict', JSON.stringify(other))
      assert.equal(newest_report_id, report.report_id)
      assert.deepEqual(await machines.find(report.machine_id), known)
    }
  })

  claim('a report that comes again without its schemas is the same report', async ({ machines }) => {
    const report = sampleReport()
    await machines.save(report)
    const { schemas: _, ...again } = report
    assert.equal((await machines.save(again)).outcome, 'known')
    assert.equal((await machines.save({ ...again, cpu_percent: 99 })).outcome, 'conflict')
  })

  claim('reports that come at once apply in the order of their calls, and each gets its own answer', async ({ machines }) => {
    const random = seeded(3)
    for (let round = 0; round < 10; round++) {
      const made = Array.from({ length: 6 }, (_, at) => sampleReport({ hostname: `at-once-${round}`, cpu_percent: at }))
      const reports = shuffled(random, [...made, ...made, { ...made[5]!, cpu_percent: 100 }])
      const saved = await Promise.all(reports.map(async (report) => await machines.save(report)))
      let newest = reports[0]!
      reports.forEach((report, at) => {
        const same = report.report_id === newest.report_id
        const outcome = at === 0 ? 'created' : report.report_id > newest.report_id ? 'updated' : same && report.cpu_percent !== newest.cpu_percent ? 'conflict' : 'known'
        if (outcome === 'updated') newest = report
        assert.equal(saved[at]!.outcome, outcome, `report ${at} of round ${round}`)
        assert.equal(saved[at]!.newest_report_id, newest.report_id)
        assert.equal(saved[at]!.machine.cpu_percent, newest.cpu_percent)
      })
      assert.equal((await machines.find(newest.machine_id))!.cpu_percent, newest.cpu_percent)
    }
    assert.equal((await machines.list()).count, 10)
  })

  claim('a crowd of machines at once is kept whole, and each gets its own answer', async ({ machines }) => {
    const reports = Array.from({ length: 700 }, (_, at) => sampleReport({ facts: { sample: { answer: at } } }))
    const saved = await Promise.all(reports.map(async (report) => await machines.save(report)))
    assert.deepEqual(saved.map(({ machine, newest_report_id }) => [machine.hostname, newest_report_id]), reports.map(({ hostname, report_id }) => [hostname, report_id]))
    const { machines: kept, count } = await machines.list({ include: ['facts'] })
    assert.equal(count, 700)
    const facts = new Map(kept.map((machine) => [machine.machine_id, machine.facts]))
    for (const report of reports) assert.deepEqual(facts.get(report.machine_id), report.facts)
  })

  claim('reports without an id go by arrival, also at once', async ({ machines }) => {
    const nine = nineOf(sampleReport({ hostname: 'original' }))
    for (const cpu_percent of [3, 1, 2]) {
      const { outcome, newest_report_id } = await machines.save({ ...nine, cpu_percent })
      assert.equal(outcome, cpu_percent === 3 ? 'created' : 'updated')
      assert.equal(newest_report_id, null)
      assert.equal((await machines.find(nine.machine_id))!.cpu_percent, cpu_percent)
    }
    await Promise.all([9, 7, 8].map(async (cpu_percent) => await machines.save({ ...nine, cpu_percent })))
    assert.equal((await machines.find(nine.machine_id))!.cpu_percent, 8)
  })

  claim('a report of the nine alone clears facts and failures, and leaves the newest id as it was', async ({ machines }) => {
    const [older, full] = [sampleReport({ hostname: 'swapped' }), sampleReport({ hostname: 'swapped', failures: [failure] })]
    await machines.save(full)
    const { outcome, newest_report_id } = await machines.save(nineOf({ ...full, cpu_percent: 1 }))
    assert.equal(outcome, 'updated')
    assert.equal(newest_report_id, full.report_id)
    const { cpu_percent, facts, failures, agent_version, interval_s } = (await machines.find(full.machine_id))!
    assert.deepEqual({ cpu_percent, facts, failures, agent_version, interval_s }, { cpu_percent: 1, facts: {}, failures: [], agent_version: null, interval_s: null })
    assert.equal((await machines.save(older)).outcome, 'known', 'an older one that is sent late')
    assert.equal((await machines.save(sampleReport({ hostname: 'swapped' }))).outcome, 'updated')
  })

  claim('facts and failures are kept as they were told, those of the newest report alone', async ({ machines }) => {
    const facts = {
      deep: { list: [1, 'two', null, true, { three: [[]] }], zero: 0, empty: {}, nothing: null, small: 1e-7, large: 1e21, most: 2 ** 53 - 1 },
      'name_with-all_1': { 'ключ é 😀 "quoted" \\ %_': 'e\u0301 \u0001\t\n <b>' },
      hollow: {}
    }
    const report = sampleReport({ facts, failures: [failure, { ...failure, message: 'é 😀 \u0001', ms: 0.5 }] })
    await machines.save(report)
    const { facts: kept, failures } = (await machines.find(report.machine_id))!
    assert.deepEqual(kept, facts)
    assert.equal(JSON.stringify(kept), JSON.stringify(facts), 'in the order in which they were told')
    assert.deepEqual(failures, report.failures)
    const fewer = { deep: { zero: 1 }, late: { told: true } }
    await machines.save(sampleReport({ hostname: report.hostname, facts: fewer }))
    const after = (await machines.find(report.machine_id))!
    assert.deepEqual([after.facts, after.failures], [fewer, []])
  })

  claim('what people set outlives the next report, unless that tells otherwise', async ({ machines }) => {
    const report = sampleReport({ hostname: 'labelled' })
    await machines.save(report)
    const set = { computer_model: 'OptiPlex', computer_activation: new Date('2024-01-01T00:00:00Z'), activation_days: 7 }
    await machines.update(report.machine_id, set)
    const kept = ({ computer_model, computer_activation, activation_days }: typeof set) => ({ computer_model, computer_activation, activation_days })
    const { machine } = await machines.save(sampleReport({ hostname: 'labelled' }))
    assert.deepEqual(kept(machine as typeof set), set)
    await machines.save({ ...sampleReport({ hostname: 'labelled' }), computer_model: null, activation_days: 8 })
    assert.deepEqual(kept((await machines.find(report.machine_id)) as typeof set), { ...set, computer_model: null, activation_days: 8 })
  })

  claim('collectors() tells the newest schema of each collector, by name', async ({ machines }) => {
    assert.deepEqual(await machines.collectors(), [])
    const schema = (title: string) => ({ type: 'object', title })
    const told = async () => (await machines.collectors()).map(({ name, schema }) => [name, schema])
    await machines.save(sampleReport({ schemas: { b: schema('B'), 'a-1': schema('A'), a_1: schema('é 😀 "') } }))
    assert.deepEqual(await told(), [['a-1', schema('A')], ['a_1', schema('é 😀 "')], ['b', schema('B')]])
    const before = await machines.collectors()
    await machines.save(sampleReport({ schemas: {} }))
    await machines.save(sampleReport({ schemas: { b: schema('B') } }))
    assert.deepEqual(await machines.collectors(), before, 'told again it is no newer')
    await machines.save(sampleReport({ schemas: { b: schema('B2') } }))
    assert.deepEqual((await told())[2], ['b', schema('B2')])
    await Promise.all([schema('B3'), schema('B2')].map(async (b) => await machines.save(sampleReport({ schemas: { b } }))))
    assert.deepEqual((await told())[2], ['b', schema('B2')], 'the last of two that came at once is the one that was known before')
    const older = sampleReport({ hostname: 'late', schemas: { b: schema('older') } })
    await machines.save(sampleReport({ hostname: 'late', schemas: {} }))
    await machines.save(older)
    assert.deepEqual((await told())[2], ['b', schema('B2')], 'a report that changes nothing changes no schema')
    for (const { updated_at } of await machines.collectors()) assert.ok(updated_at instanceof Date)
  })

  claim('how far the agent’s clock is off is told in seconds, unknown where the report tells no time', async ({ machines }) => {
    const offset = async (timestamp: string) => (await machines.save({ ...sampleReport(), timestamp })).machine.clock_offset_s
    const day = 86_400
    for (const days of [-10, 0, 10]) {
      const found = await offset(new Date(Date.now() + days * day * 1000).toISOString())
      assert.ok(Math.abs(found! - days * day) < 3600, `${found} at ${days} days`)
    }
    for (const timestamp of ['', 'yesterday', '2026-01-02T03:04:05', '2026-01-02']) assert.equal(await offset(timestamp), null)
    const { timestamp: _, ...silent } = nineOf(sampleReport())
    assert.equal((await machines.save(silent)).machine.clock_offset_s, null)
  })

  claim('two that take turns under one id are told, by name and address; one that is renamed or moves is not', async ({ machines }) => {
    const first = sampleReport({ hostname: 'image', ip: '192.0.2.1' })
    const from = async (hostname: string, ip: string | null) => (await machines.save(sampleReport({ machine_id: first.machine_id, hostname, ip }))).machine.duplicate
    await machines.save(first)
    for (const [hostname, ip] of [['renamed', '192.0.2.1'], ['renamed', '192.0.2.2'], ['renamed', '192.0.2.1'], ['renamed', '192.0.2.3'], ['copy', null]] as const) {
      assert.equal(await from(hostname, ip), null, `${hostname} ${ip}`)
    }
    assert.equal(await from('renamed', '192.0.2.3'), null)
    const both = ['copy', 'renamed (192.0.2.3)']
    assert.deepEqual(await from('copy', null), both)
    assert.deepEqual(await from('copy', null), both, 'one may report twice before the other does')
    assert.deepEqual(await from('renamed', '192.0.2.3'), both)
    assert.deepEqual((await machines.find(first.machine_id))!.duplicate, both)
    assert.deepEqual((await machines.list()).machines[0]!.duplicate, both)
    assert.equal(await from('a third', null), null)
  })

  claim('whether its client had no key is told of a machine until one with a key reports; who sent it makes no other report', async ({ machines }) => {
    const first = sampleReport()
    const { unverified } = (await machines.save({ ...first, unverified: true })).machine
    assert.equal(unverified, true)
    assert.equal((await machines.save({ ...first, unverified: false })).outcome, 'known')
    assert.equal((await machines.find(first.machine_id))!.unverified, true)
    assert.equal((await machines.list()).machines[0]!.unverified, true)
    assert.equal((await machines.update(first.machine_id, { computer_model: 'PowerEdge' }))!.unverified, true)
    assert.equal((await machines.save({ ...sampleReport({ machine_id: first.machine_id }), unverified: false })).machine.unverified, false)
    assert.equal((await machines.save({ ...sampleReport({ machine_id: first.machine_id }), unverified: true })).machine.unverified, true)
    assert.equal((await machines.save(sampleReport({ machine_id: first.machine_id }))).machine.unverified, false)
    assert.equal((await machines.find(first.machine_id))!.unverified, false)
  })

  claim('what is given to it and got from it is the caller’s own', async ({ machines }) => {
    const report = sampleReport({ facts: { sample: { list: [1] } } })
    const before = structuredClone(report)
    const { machine } = await machines.save(report)
    assert.deepEqual(report, before)
    report.hostname = 'changed'
    ;(report.facts.sample!.list as number[]).push(2)
    machine.hostname = 'changed'
    machine.created_at.setTime(0)
    const found = (await machines.find(report.machine_id))!
    assert.equal(found.hostname, before.hostname)
    assert.notEqual(found.created_at.getTime(), 0)
    assert.deepEqual(found.facts, before.facts)
    ;(found.facts!.sample!.list as number[]).push(2)
    found.last_seen.setTime(0)
    const { machines: [listed] } = await machines.list({ include: ['facts'] })
    assert.deepEqual(listed!.facts, before.facts)
    assert.notEqual(listed!.last_seen.getTime(), 0)
  })
}
