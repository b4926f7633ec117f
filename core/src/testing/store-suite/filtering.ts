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

  claim('any part of a machine_id finds its machine', async ({ machines }) => {
    const { machine: { machine_id } } = await machines.save(sampleReport({ hostname: 'x', ip: null, os_version: null }))
    for (let start = 0; start < 64; start += 3) {
      for (const length of [7, 8, 9, 17, 31]) {
        if (start + length <= 64) assert.equal((await machines.list({ q: machine_id.slice(start, start + length) })).count, 1, `${length} from ${start}`)
      }
    }
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
