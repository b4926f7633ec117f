import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineFilter } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { nineOf } from './nine-of.ts'

/** What a filter lets through. */
export function filtering (claim: ClaimOfStore): void {
  claim('q is looked for in hostname, ip, os_version and machine_id, ignoring the case of ASCII alone', async ({ machines }) => {
    const ids = { 'Web-1': `00c0ffee${'0'.repeat(48)}deadbeef`, café: 'f'.repeat(64), CAFÉ: '1'.repeat(64), '100%_\\"\'sure': '2'.repeat(64), '10 \u212A': '3'.repeat(64) }
    const about = { os: 'osname', agent_version: 'agentversion', computer_model: 'computermodel', facts: { sample: { told: 'factvalue' } } }
    for (const [hostname, machine_id] of Object.entries(ids)) {
      await machines.save({ ...sampleReport({ hostname }), ...about, machine_id, ip: hostname === 'café' ? null : '192.0.2.1', os_version: hostname === 'Web-1' ? 'Debian GNU 12' : null })
    }
    for (const [q, found] of [
      ['web', ['Web-1']], ['WEB-1', ['Web-1']], ['b-', ['Web-1']], ['web-2', []], [' web', []], ['', ['10 \u212A', '100%_\\"\'sure', 'CAFÉ', 'Web-1', 'café']],
      ['debian gnu', ['Web-1']], ['12', ['Web-1']], ['192.0.2', ['10 \u212A', '100%_\\"\'sure', 'CAFÉ', 'Web-1']], ['192_0', []], ['2%1', []],
      ['C0FFEE', ['Web-1']], ['0deadbee', ['Web-1']], [ids['Web-1'], ['Web-1']], [ids['Web-1'].toUpperCase(), ['Web-1']], [`${ids['Web-1']}0`, []], ['feedbeef', []],
      ['caf', ['CAFÉ', 'café']], ['café', ['café']], ['CAFé', ['café']], ['cafÉ', ['CAFÉ']], ['cafe', []], ['cafe\u0301', []], ['é', ['café']],
      ['k', []], ['\u212A', ['10 \u212A']], ['0%_', ['100%_\\"\'sure']], ['\\', ['100%_\\"\'sure']], ['"\'', ['100%_\\"\'sure']], ['%', ['100%_\\"\'sure']], ['_', ['100%_\\"\'sure']], ['\0', []],
      ['osname', []], ['agentversion', []], ['computermodel', []], ['factvalue', []], ['null', []]
    ] as const) {
      const page = await machines.list({ q })
      assert.deepEqual([page.machines.map(({ hostname }) => hostname), page.count], [[...found], found.length], `q=${q}`)
    }
  })

  claim('any part of a machine_id finds its machine, and what is no part of one none', async ({ machines }) => {
    const { machine: { machine_id } } = await machines.save(sampleReport({ hostname: 'x', ip: null, os_version: null }))
    for (let start = 0; start < 64; start += 5) {
      for (const length of [1, 2, 3, 7, 8, 9, 17, 31, 64]) {
        const part = machine_id.slice(start, start + length)
        const wrong = part.slice(0, -1) + (parseInt(part.at(-1)!, 16) ^ 1).toString(16)
        for (const q of [part, wrong, `${part}0`]) assert.equal((await machines.list({ q })).count, Number(machine_id.includes(q)), `q=${q} in ${machine_id}`)
      }
    }
  })

  claim('a machine that has changed is found by what it reads now alone', async ({ machines }) => {
    const before = sampleReport({ hostname: 'Old-name', ip: '192.0.2.1', os_version: 'Old 1' })
    const found = async () => await Promise.all(['old-', '192.0.2.', 'old 1', 'new-', '198.51.100.', 'new 2'].map(async (q) => (await machines.list({ q })).count))
    await machines.save(before)
    assert.deepEqual(await found(), [1, 1, 1, 0, 0, 0])
    await machines.save({ ...sampleReport({ hostname: 'New-name', ip: '198.51.100.1', os_version: 'New 2' }), machine_id: before.machine_id })
    assert.deepEqual(await found(), [0, 0, 0, 1, 1, 1])
    await machines.save({ ...sampleReport({ hostname: 'New-name', ip: null, os_version: null }), machine_id: before.machine_id })
    assert.deepEqual(await found(), [0, 0, 0, 1, 0, 0])
  })

  claim('os and os_version match whole and exact; an empty version is an unknown one', async ({ machines }) => {
    for (const [hostname, os, os_version] of [['a', 'linux', 'Debian 12'], ['b', 'Linux', 'debian 12'], ['c', 'linux', null], ['d', 'linux ', 'Debian 12 '], ['e', 'windows', 'null']] as const) {
      await machines.save(sampleReport({ hostname, os, os_version }))
    }
    for (const [filter, found] of [
      [{ os: 'linux' }, 'ac'], [{ os: 'Linux' }, 'b'], [{ os: 'linux ' }, 'd'], [{ os: 'lin' }, ''], [{ os: '%' }, ''], [{ os: '' }, ''],
      [{ os_version: 'Debian 12' }, 'a'], [{ os_version: 'debian 12' }, 'b'], [{ os_version: 'Debian 12 ' }, 'd'], [{ os_version: '' }, 'c'], [{ os_version: 'null' }, 'e'],
      [{ os: 'linux', os_version: '' }, 'c'], [{ os: 'windows', os_version: '' }, '']
    ] as const) await finds(machines, filter, found)
  })

  claim('a status finds the machines that have it', async ({ machines }) => {
    await machines.save(sampleReport({ hostname: 'a', interval_s: 0.0001 }))
    await machines.save(sampleReport({ hostname: 'b', interval_s: 3600 }))
    await machines.save(nineOf(sampleReport({ hostname: 'c' })))
    await sleep(20)
    for (const [status, found] of [['online', 'bc'], ['late', ''], ['stale', 'a'], ['lost', '']] as const) {
      await finds(machines, { status }, found)
      for (const machine of (await machines.list({ status })).machines) assert.equal(machine.status, status)
    }
  })

  claim('a fact matches by its text, a list by what it holds, and nothing asks for the unknown', async ({ machines }) => {
    const told: Record<string, object | undefined> = {
      a: { text: 'NVIDIA "RTX"', count: 2, ratio: 0.5, on: true, list: ['x', 7, false], deep: { er: { value: 'é 😀' } }, nothing: null },
      b: { text: 'nvidia "rtx"', count: -2, ratio: 1e21, on: false, list: [], deep: { er: {} } },
      c: { text: '2', count: 20, list: [['x'], { x: 'x' }, null, 'x y'], deep: 'er' },
      d: {},
      e: undefined
    }
    for (const [hostname, gpu] of Object.entries(told)) await machines.save(sampleReport({ hostname, facts: gpu === undefined ? {} : { gpu: gpu as Record<string, unknown> } }))
    await machines.save(nineOf(sampleReport({ hostname: 'f' })))
    for (const [path, wanted, found] of [
      ['gpu.text', 'NVIDIA "RTX"', 'a'], ['gpu.text', 'nvidia "rtx"', 'b'], ['gpu.text', '2', 'c'], ['gpu.text', 'NVIDIA', ''], ['gpu.text', '%', ''], ['gpu.text', '', 'def'],
      ['gpu.count', '2', 'a'], ['gpu.count', '-2', 'b'], ['gpu.count', '2.0', ''], ['gpu.count', '02', ''], ['gpu.count', ' 2', ''], ['gpu.ratio', '0.5', 'a'], ['gpu.ratio', '.5', ''], ['gpu.ratio', '1e+21', 'b'],
      ['gpu.on', 'true', 'a'], ['gpu.on', 'false', 'b'], ['gpu.on', '1', ''], ['gpu.on', '', 'cdef'],
      ['gpu.list', 'x', 'a'], ['gpu.list', '7', 'a'], ['gpu.list', 'false', 'a'], ['gpu.list', 'x y', 'c'], ['gpu.list', 'null', ''], ['gpu.list', 'x,7,false', ''],
      ['gpu.deep.er.value', 'é 😀', 'a'], ['gpu.deep.er.value', '', 'bcdef'], ['gpu.deep.er', 'é 😀', ''], ['gpu.deep', 'er', 'c'], ['gpu.deep', '[object Object]', ''],
      ['gpu.nothing', '', 'abcdef'], ['gpu.nothing', 'null', ''], ['gpu.list.0', 'x', ''], ['gpu.list.length', '3', ''], ['gpu.text.length', '1', ''],
      ['gpu', '', 'ef'], ['gpu', '[object Object]', ''], ['nobody.told', '', 'abcdef'], ['nobody.told', 'x', ''], ['GPU.count', '2', ''], ['gpu.Count', '2', ''],
      ['gpu.constructor', '', 'abcdef'], ['gpu.__proto__', '', 'abcdef'], ['__proto__.x', '', 'abcdef'], ['', '', 'abcdef'], ['.', 'x', ''], ['gpu\0.count', '2', ''], ["gpu' or 1=1 --.count", '', 'abcdef'], ['é😀.x', '', 'abcdef']
    ] as const) await finds(machines, { facts: { [path]: wanted } }, found)
    await finds(machines, { facts: { 'gpu.count': '2', 'gpu.on': 'true', 'gpu.list': 'x' } }, 'a')
    await finds(machines, { facts: { 'gpu.count': '2', 'gpu.on': 'false' } }, '')
    await finds(machines, { facts: {} }, 'abcdef')
  })

  claim('a fact is looked for in the newest report', async ({ machines }) => {
    const save = async (hostname: string, facts: Record<string, Record<string, unknown>>) => await machines.save(sampleReport({ hostname, facts }))
    const slot = { facts: { 'dock.slot': '1' } }
    await save('a', { dock: { slot: 1 } })
    await finds(machines, slot, 'a')
    await save('b', { dock: { slot: 1 } })
    await finds(machines, slot, 'ab')
    await save('a', { dock: { slot: 2 } })
    await finds(machines, slot, 'b')
    const { machine } = await save('b', { other: {} })
    await finds(machines, slot, '')
    await save('b', { dock: { slot: 1 } })
    await finds(machines, slot, 'b')
    await machines.remove(machine.machine_id)
    await finds(machines, slot, '')
    await save('c', { other: {} })
    await finds(machines, slot, '')
    await finds(machines, { facts: { 'dock.slot': '' } }, 'c')
  })

  claim('any number of facts can be asked for, together and at once', async ({ machines }) => {
    const many = Array.from({ length: 40 }, (_, at) => at)
    await machines.save(sampleReport({ hostname: 'a', facts: { many: Object.fromEntries(many.map((at) => [`f${at}`, at])) } }))
    await machines.save(sampleReport({ hostname: 'b', facts: { many: Object.fromEntries(many.map((at) => [`f${at}`, at + 1])) } }))
    await Promise.all(many.map(async (at) => {
      await finds(machines, { facts: { [`many.f${at}`]: String(at) } }, 'a')
      await finds(machines, { facts: { [`many.f${at}`]: String(at + 1), 'many.f0': '1' } }, 'b')
    }))
    const all = Object.fromEntries(many.map((at) => [`many.f${at}`, String(at)]))
    await finds(machines, { facts: all }, 'a')
    for (const at of [0, 39]) await finds(machines, { facts: { ...all, [`many.f${at}`]: String(at + 1) } }, '')
  })

  claim('failing finds the machines on which a collector failed, in the newest report', async ({ machines }) => {
    const failure = (collector: string) => ({ collector, code: 'X', message: 'y', ms: 1 })
    for (const [hostname, ...failing] of [['a', 'gpu'], ['b', 'gpu', 'disk'], ['c'], ['d', 'gpu-2']] as const) await machines.save(sampleReport({ hostname, failures: failing.map(failure) }))
    await machines.save(nineOf(sampleReport({ hostname: 'e' })))
    for (const [failing, found] of [['gpu', 'ab'], ['disk', 'b'], ['gpu-2', 'd'], ['', 'abd'], ['gp', ''], ['nobody', ''], ['constructor', ''], ['__proto__', '']] as const) await finds(machines, { failing }, found)
    await machines.save(sampleReport({ hostname: 'b', failures: [failure('disk')] }))
    await machines.save(sampleReport({ hostname: 'd' }))
    await machines.save(sampleReport({ hostname: 'c', failures: [failure('gpu')] }))
    for (const [failing, found] of [['gpu', 'ac'], ['disk', 'b'], ['gpu-2', ''], ['', 'abc']] as const) await finds(machines, { failing }, found)
    const { machine } = await machines.save(nineOf(sampleReport({ hostname: 'a' })))
    await finds(machines, { failing: 'gpu' }, 'c')
    await machines.remove(machine.machine_id)
    await machines.save(sampleReport({ hostname: 'f' }))
    await finds(machines, { failing: '' }, 'bc')
  })

  claim('duplicate finds the machines under whose id two take turns, and the others', async ({ machines }) => {
    const shared = sampleReport({ hostname: 'a' }).machine_id
    for (const hostname of ['a', 'b', 'a', 'b']) await machines.save({ ...sampleReport({ hostname }), machine_id: shared })
    for (const hostname of ['c', 'd']) await machines.save(sampleReport({ hostname }))
    await finds(machines, { duplicate: true }, 'b')
    await finds(machines, { duplicate: false }, 'cd')
    await machines.remove(shared)
    await finds(machines, { duplicate: true }, '')
    await machines.save(sampleReport({ hostname: 'e' }))
    await finds(machines, { duplicate: false }, 'cde')
  })

  claim('a time of first sight finds the machines from there on, and those before', async ({ machines }) => {
    const created: Date[] = []
    for (const hostname of ['a', 'b', 'c']) {
      created.push((await machines.save(sampleReport({ hostname }))).machine.created_at)
      await sleep(3)
    }
    await machines.save(sampleReport({ hostname: 'a' }))
    const [, second] = created
    for (const [filter, found] of [
      [{ created_since: second! }, 'bc'], [{ created_before: second! }, 'a'], [{ created_since: second!, created_before: created[2]! }, 'b'], [{ created_since: new Date(0) }, 'abc'],
      [{ created_since: new Date(8.64e15) }, ''], [{ created_before: new Date(-8.64e15) }, '']
    ] as const) await finds(machines, filter, found)
  })

  claim('a range finds the machines whose number lies in it, of a field or of a fact', async ({ machines }) => {
    for (const [hostname, memory, cpu, value] of [
      ['a', 0, 0, 0], ['b', 1024, 99.5, -1.5], ['c', 2 ** 53 - 1, null, [1, 2, 3, 'x']], ['d', null, 100, '2'], ['e', 1025, 12, null], ['f', null, null, { deep: 2 }]
    ] as const) await machines.save(sampleReport({ hostname, memory_total_mb: memory, cpu_percent: cpu, memory_used_mb: memory, facts: { gpu: { value } } }))
    await machines.update(sampleReport({ hostname: 'a' }).machine_id, { activation_days: -3 })
    for (const [ranges, found] of [
      [{ memory_total_mb: { min: 1024 } }, 'bce'], [{ memory_total_mb: { min: 1024, below: 1025 } }, 'b'], [{ memory_used_mb: { below: 1024 } }, 'a'], [{ memory_total_mb: { min: 2 ** 53 - 1 } }, 'c'],
      [{ memory_total_mb: {} }, 'abce'], [{ memory_total_mb: null }, 'df'], [{ cpu_percent: { min: 99.5 } }, 'bd'], [{ cpu_percent: { min: 0, below: 0 } }, ''], [{ cpu_percent: { min: 5, below: 1 } }, ''],
      [{ activation_days: { below: 0 } }, 'a'], [{ activation_days: null }, 'bcdef'], [{ cpu_percent: null, memory_total_mb: { min: 1 } }, 'c'],
      [{ 'facts.gpu.value': { min: -1.5, below: 0 } }, 'b'], [{ 'facts.gpu.value': { min: 2, below: 3 } }, 'c'], [{ 'facts.gpu.value': { min: 3.5 } }, ''], [{ 'facts.gpu.value': {} }, 'abc'],
      [{ 'facts.gpu.value': null }, 'e'], [{ 'facts.gpu.value.deep': { min: 2 } }, 'f'], [{ 'facts.gpu.other': null }, 'abcdef'], [{ 'facts.nobody.told': { min: 0 } }, ''], [{}, 'abcdef']
    ] as const) await finds(machines, { ranges }, found)
    await finds(machines, { ranges: { memory_total_mb: { min: 1 } }, facts: { 'gpu.value': 'x' } }, 'c')
    await finds(machines, { ranges: { somebody: { min: 0 } } as MachineFilter['ranges'] & object }, '')
    await finds(machines, { ranges: { somebody: null } as MachineFilter['ranges'] & object }, 'abcdef')
  })

  claim('machines are found whose field or fact reads none of several texts, and those that are unknown where that is not excepted', async ({ machines }) => {
    for (const [hostname, os, os_version, value] of [
      ['a', 'linux', 'Debian 12', 'x'], ['b', 'linux', 'debian 12', 7], ['c', 'Linux', null, ['x', 'y']], ['d', 'windows', '11', ['x']], ['e', 'windows', 'Debian 12 ', null], ['f', 'windows', null, { x: 'y' }], ['g', 'beos', '5', []]
    ] as const) await machines.save(sampleReport({ hostname, os, os_version, facts: { gpu: { value } } }))
    await finds(machines, { facts: { '': '', sion: '' } }, 'abcdefg') // what no field is taken for
    for (const [except, found] of [
      [{ os: ['linux'] }, 'cdefg'], [{ os: ['linux', 'windows', 'beos'] }, 'c'], [{ os: [''] }, 'abcdefg'], [{ os: ['lin', '%', 'LINUX'] }, 'abcdefg'],
      [{ os_version: ['Debian 12'] }, 'bcdefg'], [{ os_version: ['Debian 12', ''] }, 'bdeg'], [{ os_version: [''] }, 'abdeg'], [{ os_version: ['null'] }, 'abcdefg'],
      [{ os: ['windows'], os_version: ['Debian 12'] }, 'bcg'],
      [{ 'facts.gpu.value': ['x'] }, 'bce'], [{ 'facts.gpu.value': ['x', ''] }, 'bc'], [{ 'facts.gpu.value': ['x', '7', ''] }, 'c'], [{ 'facts.gpu.value': ['x', 'y', '7'] }, 'e'], [{ 'facts.gpu.value': ['7.0'] }, 'abcde'],
      [{ 'facts.gpu.other': ['x'] }, 'abcdefg'], [{ 'facts.gpu.other': [''] }, ''], [{ 'facts.nobody.told': ['x'] }, 'abcdefg'], [{}, 'abcdefg']
    ] as const) await finds(machines, { except }, found)
    await finds(machines, { os: 'linux', except: { os_version: ['debian 12'] } }, 'a')
  })

  claim('an age is counted in whole months since the computer was put to use', async ({ machines }) => {
    const monthsAgo = (months: number, ms: number) => {
      const start = new Date()
      start.setUTCMonth(start.getUTCMonth() - months)
      return new Date(start.getTime() + ms)
    }
    const hour = 3_600_000
    for (const [hostname, start] of [
      ['a', monthsAgo(0, 400 * 24 * hour)], ['b', monthsAgo(0, -hour)], ['c', monthsAgo(12, hour)], ['d', monthsAgo(12, -hour)], ['e', monthsAgo(36, -hour)], ['f', new Date('0001-01-01T00:00:00Z')], ['g', null]
    ] as const) await machines.save({ ...sampleReport({ hostname }), computer_activation: start })
    for (const [age, found] of [
      [{}, 'abcdef'], [null, 'g'], [{ min: 0 }, 'abcdef'], [{ below: 1 }, 'ab'], [{ below: 0 }, ''], [{ below: 12 }, 'abc'], [{ min: 12 }, 'def'], [{ min: 12, below: 13 }, 'd'], [{ min: 11.5, below: 12 }, ''],
      [{ min: 11, below: 12 }, 'c'], [{ min: 13 }, 'ef'], [{ min: 36, below: 60 }, 'e'], [{ min: 120 }, 'f'], [{ min: 1e9 }, ''], [{ below: 1e300 }, 'abcdef'], [{ min: -5 }, 'abcdef']
    ] as const) await finds(machines, { ranges: { age } }, found)
  })

  claim('filters together let through what each of them does', async ({ machines }) => {
    for (const [hostname, os, os_version, interval_s, tag] of [
      ['Host-1', 'linux', 'Debian 12', 3600, 'x'], ['host-2', 'linux', 'Debian 12', 3600, 'y'], ['host-3', 'linux', 'Debian 12', 0.0001, 'x'], ['host-4', 'linux', null, 3600, 'x'],
      ['host-5', 'windows', 'Debian 12', 3600, 'x'], ['other', 'linux', 'Debian 12', 3600, 'x']
    ] as const) await machines.save(sampleReport({ hostname, os, os_version, interval_s, facts: { sample: { tag } } }))
    await sleep(20)
    const page = await machines.list({ q: 'hOST', os: 'linux', os_version: 'Debian 12', status: 'online', facts: { 'sample.tag': 'x' }, sort: 'last_seen', dir: 'desc', limit: 5 })
    assert.deepEqual([page.machines.map(({ hostname }) => hostname), page.count], [['Host-1'], 1])
  })

  claim('a listing tells facts and failures where they are asked for, and only there', async ({ machines }) => {
    const failures = [{ collector: 'gpu', code: 'X', message: 'y', ms: 1 }]
    const report = sampleReport({ failures })
    await machines.save(report)
    await machines.save(nineOf(sampleReport()))
    for (const include of [undefined, [], ['facts'], ['failures'], ['failures', 'facts']] as const) {
      const { machines: listed } = await machines.list({ ...include !== undefined && { include }, sort: 'created_at' })
      const asked = (one: 'facts' | 'failures') => include?.some((other) => other === one) === true
      for (const machine of listed) {
        const full = machine.machine_id === report.machine_id
        assert.equal('facts' in machine, asked('facts'))
        assert.equal('failures' in machine, asked('failures'))
        if (asked('facts')) assert.deepEqual(machine.facts, full ? report.facts : {})
        if (asked('failures')) assert.deepEqual(machine.failures, full ? failures : [])
      }
    }
  })
}

/** @param found the hostnames, of one letter each */
async function finds (machines: Parameters<Parameters<ClaimOfStore>[1]>[0]['machines'], filter: MachineFilter, found: string): Promise<void> {
  const { machines: listed, count } = await machines.list(filter)
  const { total } = await machines.summary(filter)
  assert.deepEqual([listed.map(({ hostname }) => hostname).join(''), count, total], [found, found.length, found.length], JSON.stringify(filter))
}
