import assert from 'node:assert/strict'
import { machineStatuses, numberFields, sortKeys, tallyFields, type Machine, type MachineFilter, type MachineQuery, type MachineStore } from '../../machine-store.ts'
import type { ClaimOfStore } from '../store-suite.ts'
import { everything, expectedListing, names, streamed } from './expected.ts'
import { fleetReport } from './fleet.ts'
import { seeded, type Random } from './random.ts'
import { agrees } from './tallying.ts'

/** Everything at once, by chance, against a Map. */
export function comingAndGoing (claim: ClaimOfStore): void {
  claim('whoever comes, changes and goes, every listing is what was told of its machines', async ({ machines }) => {
    await comeAndGo([machines], seeded(11))
  })
}

/** Saves, changes and removes machines through any of these stores, which are one, and compares their listings with what has to be in them. */
export async function comeAndGo (stores: readonly MachineStore[], random: Random): Promise<void> {
  const told = new Map<string, Machine>()
  for (let round = 0; round < 20; round++) {
    for (let step = 0; step < 6; step++) await change(random.of(stores), random, told)
    const query = randomQuery(random, [...told.values()])
    const expected = expectedListing(told.values(), query)
    const include = ['facts', 'failures'] as const
    const store = random.of(stores)
    const title = `round ${round}: ${JSON.stringify(query)}`
    const page = await store.list({ ...query, include })
    assert.deepEqual(names(page.machines), names(expected), title)
    assert.deepEqual(page.machines, expected, title)
    assert.equal(page.count, expected.length)
    assert.deepEqual(names(await everything(store, { ...query, limit: 1 + random.below(12) })), names(expected), title)
    assert.deepEqual(names(await streamed(store, query)), names(expected), title)
    const { sort: _sort, dir: _dir, ...filter } = query
    assert.equal((await store.summary(filter)).total, expected.length, title)
    await agrees(store, random.of([...tallyFields, 'facts.sample.answer', 'facts.sample.deep.tags', 'facts.sample.text'] as const), { os: random.of(['linux', 'windows']), top: 2, bins: 3 })
  }
}

async function change (store: MachineStore, random: Random, told: Map<string, Machine>): Promise<void> {
  const known = random.of([...told.keys(), ''])
  const move = known === '' ? 'come' : random.of(['come', 'come', 'report', 'report', 'edit', 'go'] as const)
  if (move === 'go') {
    assert.equal(await store.remove(known), told.delete(known))
    return
  }
  if (move === 'edit') {
    const { facts, failures } = told.get(known)!
    const machine = await store.update(known, { computer_model: random.of(['X1', '', 'é']), activation_days: random.below(3) })
    told.set(known, { ...machine!, facts: facts!, failures: failures! })
    return
  }
  const report = fleetReport(random, move === 'report' ? { machine_id: known } : {})
  const { machine, outcome } = await store.save(report)
  assert.equal(outcome, move === 'come' ? 'created' : 'updated')
  told.set(report.machine_id, { ...machine, facts: report.facts ?? {}, failures: report.failures ?? [] })
}

function randomQuery (random: Random, machines: readonly Machine[]): Omit<MachineQuery, 'limit' | 'cursor' | 'include'> {
  const { hostname, machine_id, ip, os, os_version } = random.of(machines)
  const text = random.of([hostname, machine_id.slice(random.below(60)), ip ?? '', os_version ?? ''])
  const filters: MachineFilter[] = [
    { q: random.of([text.toUpperCase(), text.slice(0, 3), text]) },
    { os },
    { os_version: os_version ?? '' },
    { status: random.of(machineStatuses) },
    { facts: { 'sample.answer': random.of(['0', '1', '2', '']) } },
    { facts: { 'sample.deep.tags': random.of(['a', '1', '']), 'sample.deep.on': random.of(['true', 'false']) } },
    { facts: { 'sample.text': random.of(['a', 'A', 'é', '']) } },
    { failing: random.of(['gpu', 'disk', '']) },
    { duplicate: random.below(2) === 0 },
    { created_since: random.of(machines).created_at, ...random.below(2) === 0 && { created_before: random.of(machines).created_at } },
    { ranges: { [random.of(numberFields)]: random.of([{ min: 0.5 }, { below: 12 }, { min: 1, below: 513 }, { min: 20, below: 400 }, null]) } },
    { ranges: { 'facts.sample.answer': random.of([{ min: 1 }, { below: 3 }, null]), 'facts.sample.deep.tags': random.of([{ min: 1 }, { below: 1 }, {}]) } },
    {}
  ]
  return { sort: random.of([...sortKeys, 'facts.sample.answer', 'facts.sample.deep.tags', 'facts.sample.text', 'facts.sample.deep'] as const), dir: random.of(['asc', 'desc'] as const), ...random.of(filters), ...random.of(filters) }
}
