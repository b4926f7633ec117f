import assert from 'node:assert/strict'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { nineOf } from './nine-of.ts'

/** One machine found, changed, forgotten. */
export function editing (claim: ClaimOfStore): void {
  claim('it answers', async ({ machines }) => {
    await machines.ping()
  })

  claim('update() sets what it is given, and moves updated_at, not last_seen', async ({ machines }) => {
    const report = sampleReport()
    const { machine: before } = await machines.save(report)
    const bystander = await machines.save(sampleReport())
    let expected = before
    for (const changes of [
      { computer_model: 'OptiPlex 7090' }, { computer_activation: new Date('2024-02-03T04:05:06.007Z') }, { activation_days: 12 },
      { computer_model: null, activation_days: -1 }, { computer_activation: null, activation_days: null }
    ]) {
      const changed = (await machines.update(report.machine_id, changes))!
      assert.ok(changed.updated_at !== null && changed.updated_at >= before.last_seen)
      expected = { ...expected, ...changes, updated_at: changed.updated_at }
      assert.deepEqual(changed, expected)
      assert.deepEqual(await machines.find(report.machine_id), { ...expected, facts: report.facts, failures: [] })
      assert.deepEqual((await machines.list({ q: report.machine_id })).machines, [expected])
    }
    assert.equal((await machines.find(bystander.machine.machine_id))!.updated_at, null)
    assert.equal((await machines.save(report)).outcome, 'known', 'it is the same report still')
  })

  claim('a machine that nobody reported is none: not found, not changed, not removed', async ({ machines }) => {
    const { machine: { machine_id: id } } = await machines.save(sampleReport())
    const before = await machines.find(id)
    const others = [
      '0'.repeat(64), 'nobody', '', '%', '_'.repeat(64), `${id} `, ` ${id}`, id.slice(0, 63), `${id}0`, `${id}\0`, '\0', id.replace(/[a-f]/, (letter) => letter.toUpperCase()),
      "' or 1=1 --", 'é', '😀', '../', '__proto__', 'constructor'
    ]
    for (const other of others) {
      assert.equal(await machines.find(other), undefined, JSON.stringify(other))
      assert.equal(await machines.update(other, { computer_model: 'x' }), undefined, JSON.stringify(other))
      assert.equal(await machines.remove(other), false, JSON.stringify(other))
    }
    assert.deepEqual(await machines.find(id), before)
    assert.equal((await machines.list()).count, 1)
  })

  claim('a removed machine is gone from everywhere, and new when it reports again', async ({ machines }) => {
    const [older, report, bystander] = [sampleReport({ hostname: 'gone' }), sampleReport({ hostname: 'gone' }), sampleReport({ hostname: 'stays', os: 'windows' })]
    for (const one of [report, bystander]) await machines.save(one)
    await machines.update(report.machine_id, { computer_model: 'OptiPlex' })
    assert.equal(await machines.remove(report.machine_id), true)
    assert.equal(await machines.remove(report.machine_id), false)
    assert.equal(await machines.find(report.machine_id), undefined)
    assert.equal(await machines.update(report.machine_id, { computer_model: 'x' }), undefined)
    for (const query of [{}, { sort: 'last_seen' }, { facts: { 'sample.answer': '42' } }] as const) {
      const { machines: left, count } = await machines.list(query)
      assert.deepEqual([left.map(({ hostname }) => hostname), count], [['stays'], 1])
    }
    assert.deepEqual((await machines.list({ q: 'gone' })).machines, [])
    const { total, os } = await machines.summary()
    assert.deepEqual([total, os], [1, [{ value: 'windows', count: 1 }]])

    const { outcome, machine } = await machines.save(nineOf(older))
    assert.deepEqual([outcome, machine.computer_model, machine.updated_at], ['created', null, null])
    assert.deepEqual((await machines.find(report.machine_id))!.facts, {}, 'no facts of its former life')
    await machines.remove(report.machine_id)
    assert.equal((await machines.save(older)).outcome, 'created', 'nor its newest report’s id')
    assert.deepEqual((await machines.find(report.machine_id))!.facts, older.facts)

    assert.equal((await machines.list({ sort: 'last_seen' })).count, 2)
    await machines.save(sampleReport({ hostname: 'gone' }))
    await machines.remove(report.machine_id)
    assert.equal((await machines.list({ sort: 'last_seen' })).count, 1, 'though it has reported since anybody looked')
  })
}
