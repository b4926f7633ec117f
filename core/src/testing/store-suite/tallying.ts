import assert from 'node:assert/strict'
import { ageBands } from '../../age.ts'
import { tallyFields, type Bin, type FactKey, type MachineFilter, type MachineStore, type NumberField, type TallyField, type TallyQuery } from '../../machine-store.ts'
import { sampleReport } from '../sample-report.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { saveFleet } from './fleet.ts'
import { nineOf } from './nine-of.ts'
import { seeded } from './random.ts'

/** Machines counted by a field or a fact. */
export function tallying (claim: ClaimOfStore): void {
  claim('a tally’s every figure is the count of a listing', async ({ machines }) => {
    await saveFleet(machines, seeded(21), 60)
    for (const by of [...tallyFields, 'facts.sample.answer', 'facts.sample.deep.tags', 'facts.sample.deep.on', 'facts.sample.text', 'facts.sample.deep', 'facts.nobody.told'] as const) {
      for (const filter of [{}, { os: 'linux' }, { facts: { 'sample.answer': '1' } }, { os: 'plan9' }]) await agrees(machines, by, { ...filter, top: 3, bins: 4 })
    }
    await agrees(machines, 'cpu_percent', { bounds: [0.5, 12, 50] })
    await agrees(machines, 'age', { bounds: ageBands.flatMap(([, { min }]) => min ?? []) })
  })

  claim('a tally tells the most frequent values, and how much it leaves out', async ({ machines }) => {
    assert.deepEqual(await tallied(machines, 'os'), { total: 0, unknown: 0, groups: [], rest: { values: 0, count: 0 }, numbers: null })
    const values = ['b', 'b', 'b', 'a', 'a', '😀', '😀', 'ﬀ', 'ﬀ', 2, '2', true, ['a', 'c', 'a', null, ['d'], { e: 1 }], [], { a: 'a' }, null]
    for (const [at, value] of values.entries()) await machines.save(sampleReport({ hostname: `${at}`, facts: { gpu: { value } } }))
    await machines.save(nineOf(sampleReport({ hostname: 'x' })))
    const groups = [['a', 3], ['b', 3], ['2', 2], ['ﬀ', 2], ['😀', 2], ['c', 1], ['true', 1]].map(([value, count]) => ({ value, count }))
    for (const top of [1, 2, 4, 6, 7, 1000]) {
      const rest = groups.slice(top)
      assert.deepEqual(await tallied(machines, 'facts.gpu.value', { top }), {
        total: 17, unknown: 2, groups: groups.slice(0, top), rest: { values: rest.length, count: rest.reduce((sum, { count }) => sum + (count as number), 0) }, numbers: null
      })
    }
    assert.deepEqual((await tallied(machines, 'os')).groups, [{ value: 'linux', count: 17 }])
    assert.deepEqual((await tallied(machines, 'somebody' as TallyField)).unknown, 17)
  })

  claim('a tally puts numbers in bins that lie side by side, or in those that are asked for', async ({ machines }) => {
    for (const [at, value] of [0.1, 0.3, 0.3, 0.7, [0.2, 0.25, 0.7], null].entries()) await machines.save(sampleReport({ hostname: `${at}`, memory_total_mb: at === 5 ? null : 1000 * at, facts: { gpu: { value } } }))
    const { numbers } = await tallied(machines, 'facts.gpu.value', { bins: 10 })
    const bin = (min: number | null, below: number | null, count: number): Bin => ({ min, below, count })
    assert.deepEqual(numbers, {
      minimum: 0.1,
      average: 0.364285714286,
      maximum: 0.7,
      bins: [bin(0.1, 0.2, 1), bin(0.2, 0.3, 1), bin(0.3, 0.4, 2), bin(0.4, 0.5, 0), bin(0.5, 0.6, 0), bin(0.6, 0.7, 0), bin(0.7, 0.8, 2)]
    })
    const bins = async (bounds: number[]) => (await tallied(machines, 'memory_total_mb', { bounds })).numbers!.bins
    assert.deepEqual(await bins([0, 1000, 4000]), [bin(0, 1000, 1), bin(1000, 4000, 3), bin(4000, null, 1)])
    assert.deepEqual(await bins([1, 2, 5000]), [bin(null, 1, 1), bin(1, 2, 0), bin(2, 5000, 4)])
    assert.deepEqual(await bins([2000]), [bin(null, 2000, 2), bin(2000, null, 3)])
    assert.equal((await tallied(machines, 'memory_total_mb', { os: 'plan9' })).numbers, null)
  })

  claim('a tally counts what the newest reports tell', async ({ machines }) => {
    const counts = async () => (await machines.tally('facts.gpu.value')).groups.map(({ value, count }) => `${value}: ${count}`)
    await machines.save(sampleReport({ hostname: 'a', facts: { gpu: { value: 1 } } }))
    assert.deepEqual(await counts(), ['1: 1'])
    const { machine } = await machines.save(sampleReport({ hostname: 'b', facts: { gpu: { value: 1 } } }))
    assert.deepEqual(await counts(), ['1: 2'])
    await machines.save(sampleReport({ hostname: 'a', facts: { gpu: { value: 2 } } }))
    assert.deepEqual(await counts(), ['1: 1', '2: 1'])
    await machines.remove(machine.machine_id)
    assert.deepEqual(await counts(), ['2: 1'])
  })
}

/** Holds each figure of a tally against the listing of its machines. */
export async function agrees (machines: MachineStore, by: TallyField | FactKey, { top, bins, bounds, ...filter }: TallyQuery): Promise<void> {
  const title = JSON.stringify([by, filter, bounds])
  const options = { ...top !== undefined && { top }, ...bins !== undefined && { bins }, ...bounds !== undefined && { bounds } }
  const { total, unknown, groups, rest, numbers } = await machines.tally(by, { ...filter, ...options })
  const count = async (part: MachineFilter) => {
    // A part may ask for what the filter asks for already, as its opposite too
    const found = await machines.list({ ...filter, ...part, facts: { ...filter.facts, ...part.facts }, limit: 1 })
    return Object.entries(part.facts ?? {}).every(([path, text]) => filter.facts?.[path] === undefined || filter.facts[path] === text) ? found.count : undefined
  }
  assert.equal(total, await count({}), title)
  const isFact = by.startsWith('facts.')
  const isNumber = isFact || ['cpu_percent', 'memory_total_mb', 'memory_used_mb', 'activation_days', 'age'].includes(by)
  if (isNumber) assert.equal(unknown, await count({ ranges: { [by as NumberField]: null } }), title)
  if (by === 'os_version') assert.equal(unknown, await count({ os_version: '' }), title)
  for (const { value, count: told } of groups) {
    assert.ok(told > 0)
    const ofNumber = { ranges: { [by]: { min: Number(value), below: Number(value) + 1e-6 } } }
    const part = isFact ? { facts: { [by.slice('facts.'.length)]: value } } : isNumber ? ofNumber : { [by]: value }
    if (['agent_version', 'computer_model'].includes(by) || (by === 'os' && filter.os !== undefined)) continue // no filter asks for it
    const listed = Number(value) >= 2 ** 30 ? undefined : await count(part) // where 1e-6 more is no other number
    if (listed !== undefined) assert.equal(told, listed, `${title} ${value}`)
  }
  if (groups.length < (top ?? 10)) assert.deepEqual(rest, { values: 0, count: 0 }, title)
  if (numbers === null) return
  let before: number | null | undefined
  for (const { min, below, count: told } of numbers.bins) {
    if (before !== undefined) assert.equal(min, before, title)
    before = below
    assert.equal(told, await count({ ranges: { [by]: { ...min !== null && { min }, ...below !== null && { below } } } }), `${title} ${min} to ${below}`)
  }
  const [first, last] = [numbers.bins[0]!, numbers.bins.at(-1)!]
  if (bounds !== undefined) return
  assert.ok(numbers.bins.length <= (bins ?? 12), title)
  assert.ok((first.min ?? -Infinity) <= numbers.minimum && (last.below ?? Infinity) > numbers.maximum, title)
}

async function tallied (machines: MachineStore, by: TallyField | FactKey, query?: TallyQuery) {
  const { as_of: asOf, ...tally } = await machines.tally(by, query)
  assert.ok(Math.abs(asOf.getTime() - Date.now()) < 60_000)
  return tally
}
