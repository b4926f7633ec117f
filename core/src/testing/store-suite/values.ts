import assert from 'node:assert/strict'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'

/** Text that something on the way might change, and that differs from its neighbours in little. */
const texts = [
  'naïve', 'nai\u0308ve', 'naive', 'NAIVE', 'עברית', 'العربية', 'e\u0301', 'é', 'é ', ' é', 'ﬀ', 'ff', 'ß', 'ss', 'İ', 'i\u0307', '\u212A', 'K', '日本語', '😀', '👩‍👩‍👧', '\u{10FFFF}', '\uFEFFbom',
  'two  spaces', 'trailing ', 'trailing', 'trailing\t', '\ttab', 'line\nbreak', 'line\r\nbreak', '\u0001\u001F\u007F', '\u200Fmark', 'nbsp\u00A0', '\u2028',
  '<b onclick="x">&amp;</b>', "'; drop table inventory; --", '"quoted"', 'back\\slash', '\\', '100%', 'under_score', '$1 ?1 :name', '=1+1', 'null', 'NULL', 'undefined', 'NaN', '0', '{}'
]

/** Values are kept as they were told. */
export function values (claim: ClaimOfStore): void {
  claim('text is kept byte for byte, and no two texts are taken for one', async ({ machines }) => {
    await Promise.all(texts.map(async (text) => {
      const fields = { os: text, os_version: text, ip: text, computer_model: text, agent_version: text }
      const { machine } = await machines.save({ ...sampleReport({ hostname: text }), ...fields })
      const found = await machines.find(machine.machine_id)
      for (const [from, { hostname, os, os_version, ip, computer_model, agent_version }] of [['save', machine], ['find', found!]] as const) {
        assert.deepEqual({ hostname, os, os_version, ip, computer_model, agent_version }, { hostname: text, ...fields }, `${from}() of ${JSON.stringify(text)}`)
      }
    }))
    const { machines: listed } = await machines.list()
    assert.deepEqual(listed.map(({ hostname }) => hostname).sort(), texts.toSorted())
    for (const text of texts) {
      for (const filter of [{ os: text }, { os_version: text }]) {
        assert.deepEqual((await machines.list(filter)).machines.map(({ hostname }) => hostname), [text], JSON.stringify(filter))
      }
    }
    assert.deepEqual((await machines.summary()).os.map(({ value }) => value).sort(), texts.toSorted())
  })

  claim('text that is too long is cut, not inside a character', async ({ machines }) => {
    for (const [text, kept] of [
      ['a'.repeat(100), 'a'.repeat(100)], ['a'.repeat(101), 'a'.repeat(100)], ['😀'.repeat(100), '😀'.repeat(100)], ['😀'.repeat(101), '😀'.repeat(100)],
      ['é'.repeat(150), 'é'.repeat(100)], [`${'a'.repeat(99)}😀b`, `${'a'.repeat(99)}😀`], [`${'a'.repeat(99)} b`, `${'a'.repeat(99)} `]
    ] as const) {
      const { machine } = await machines.save({ ...sampleReport({ hostname: text, ip: text, os: text, os_version: text, agent_version: text }), computer_model: text })
      const changed = await machines.update(machine.machine_id, { computer_model: text })
      const characters = (count: number) => Array.from(kept).slice(0, count).join('')
      for (const { hostname, ip, os, os_version, agent_version, computer_model } of [machine, changed!, (await machines.find(machine.machine_id))!]) {
        assert.deepEqual({ hostname, os, os_version, computer_model }, { hostname: kept, os: kept, os_version: kept, computer_model: kept })
        assert.deepEqual({ ip, agent_version }, { ip: characters(45), agent_version: characters(64) })
      }
    }
  })

  claim('empty text is unknown where a value may be unknown', async ({ machines }) => {
    const { machine } = await machines.save({ ...sampleReport({ ip: '', os_version: '' }), computer_model: '' })
    for (const { ip, os_version, computer_model } of [machine, (await machines.find(machine.machine_id))!]) {
      assert.deepEqual({ ip, os_version, computer_model }, { ip: null, os_version: null, computer_model: null })
    }
    assert.equal((await machines.update(machine.machine_id, { computer_model: '' }))!.computer_model, null)
  })

  claim('numbers are kept exactly; unknown is null, not 0', async ({ machines }) => {
    const memories = [0, 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 2, 2 ** 53 - 1, null]
    const cpus = [0, 100, 12.5, 0.1 + 0.2, 1e-9, 33.333333333333336, null]
    await Promise.all(memories.map(async (memory, at) => {
      const told = { cpu_percent: cpus[at]!, memory_total_mb: memory, memory_used_mb: memories.at(-at)! }
      const { machine } = await machines.save(sampleReport(told))
      for (const { cpu_percent, memory_total_mb, memory_used_mb } of [machine, (await machines.find(machine.machine_id))!]) {
        assert.deepEqual({ cpu_percent, memory_total_mb, memory_used_mb }, told)
      }
    }))
    const { machine } = await machines.save(sampleReport({ interval_s: 0.125 }))
    assert.equal((await machines.find(machine.machine_id))!.interval_s, 0.125)
    for (const activation_days of [0, -1, 2 ** 31 - 1, -(2 ** 31), null]) {
      assert.equal((await machines.update(machine.machine_id, { activation_days }))!.activation_days, activation_days)
      assert.equal((await machines.find(machine.machine_id))!.activation_days, activation_days)
    }
  })

  claim('times are kept to the millisecond, whatever the year and the time zone’s clock did', async ({ machines }) => {
    const times = [
      '0001-01-01T00:00:00.000Z', '0099-12-31T23:59:59.999Z', '1582-10-10T12:00:00.001Z', '1899-12-31T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z',
      '2000-02-29T12:34:56.789Z', '2018-11-04T03:59:59.999Z', '2018-11-04T04:30:00.010Z', '2024-03-31T01:30:00.100Z', '2024-10-27T01:30:00.120Z',
      '2038-01-19T03:14:08.001Z', '2100-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'
    ]
    for (const time of times) {
      const { machine } = await machines.save({ ...sampleReport(), computer_activation: new Date(time) })
      const found = (await machines.find(machine.machine_id))!
      assert.deepEqual(found.computer_activation, new Date(time), time)
      assert.deepEqual([found.created_at, found.last_seen], [machine.created_at, machine.last_seen])
      const changed = (await machines.update(machine.machine_id, { computer_activation: new Date(time) }))!
      assert.deepEqual(changed.computer_activation, new Date(time), time)
      assert.deepEqual((await machines.find(machine.machine_id))!.updated_at, changed.updated_at)
    }
    const listed = await machines.list({ sort: 'computer_activation' })
    assert.deepEqual(listed.machines.map(({ computer_activation: time }) => time!.toISOString()), times)
    await machines.update(listed.machines[0]!.machine_id, { computer_activation: null })
    assert.equal((await machines.find(listed.machines[0]!.machine_id))!.computer_activation, null)
  })
}
