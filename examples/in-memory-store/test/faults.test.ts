/**
 * The conformance suite itself: it passes the store of this example and finds out stores that have a fault, and each of its
 * claims has been seen to fail.
 */
import assert from 'node:assert/strict'
import test from 'ava'
import type { IncomingReport, Machine, MachineQuery, MachineStore, Saved } from '@tatuscan/core'
import { testStore, type StoreFixture } from '@tatuscan/core/testing'
import { createMemoryMachines } from '../src/memory-machines.ts'

type Make = (good: MachineStore) => Partial<MachineStore>
type Claims = ReadonlyMap<string, () => Promise<void>>

interface Across {
  /** What another server finds, or this one after a restart. */
  readonly again?: (fixture: StoreFixture) => MachineStore
  readonly close?: () => Promise<void>
}

/** The suite's claims about a store, by title. */
function claimsOf (make: Make, { again = (fixture) => fixture.machines, close = async () => {} }: Across = {}): Claims {
  const claims = new Map<string, () => Promise<void>>()
  const open = async () => {
    const good = createMemoryMachines()
    return { machines: { ...good, ...make(good) }, close }
  }
  testStore((title, run) => claims.set(title.replace('x: ', ''), async () => await run({})), 'x', open, {
    openAgain: async (fixture) => ({ machines: again(fixture), close: async () => {} })
  })
  return claims
}

const list = (change: (query: MachineQuery) => MachineQuery): Make => (good) => ({ list: async (query = {}) => await good.list(change(query)) })
const save = (change: (report: IncomingReport) => IncomingReport): Make => (good) => ({ save: async (report) => await good.save(change(report)) })
const answer = (change: (saved: Saved) => Partial<Saved>): Make => (good) => ({
  async save (report) {
    const saved = await good.save(report)
    return { ...saved, ...change(saved) }
  }
})
const page = (change: (machines: Machine[], query: MachineQuery) => Machine[]): Make => (good) => ({
  async list (query = {}) {
    const found = await good.list(query)
    return { ...found, machines: change(found.machines, query) }
  }
})
const whole = async (good: MachineStore, query: MachineQuery = {}) => {
  const { limit: _limit, cursor: _cursor, ...rest } = query
  const found: Machine[] = []
  for await (const portion of good.stream(rest)) found.push(...portion)
  return found
}
const byOffset: Make = (good) => ({
  async list (query = {}) {
    const all = await whole(good, query)
    const { limit = 1000, cursor = '0' } = query
    const end = Number(cursor) + limit
    return { machines: all.slice(Number(cursor), end), count: all.length, ...end < all.length && { next: String(end) } }
  }
})

const faults: readonly (readonly [fault: string, make: Make, claims: readonly string[]])[] = [
  ['tells what the contract does not name', answer(({ machine }) => ({ machine: { ...machine, report_id: 'x' } as Machine })), ['the first report makes a machine of just what it tells']],
  ['keeps a value that is unknown now', (good) => ({ save: async (report) => await good.save({ ...report, ip: report.ip ?? (await good.find(report.machine_id))?.ip ?? null }) }), [
    'a newer report replaces all that the one before told'
  ]],
  ['goes by arrival alone', save(({ report_id: _, ...report }) => report), ['the same report again, or an older one, is acknowledged and changes nothing']],
  ['takes a conflict for a known report', answer(({ outcome }) => ({ outcome: outcome === 'conflict' ? 'known' : outcome })), ['the same id with another body is a conflict and changes nothing']],
  ['counts schemas as part of the body', save(({ schemas, ...report }) => ({ ...report, schemas: schemas ?? {}, facts: { ...report.facts, schemas: { told: schemas !== undefined } } })), [
    'a report that comes again without its schemas is the same report'
  ]],
  ['takes the last of a crowd first', (good) => {
    const waiting: (() => Promise<void>)[] = []
    const saveAll = async () => { for (const one of waiting.splice(0)) await one() }
    return {
      save: async (report) => await new Promise((resolve) => {
        waiting.unshift(async () => { resolve(await good.save(report)) })
        setImmediate(() => { saveAll().catch(() => {}) })
      })
    }
  }, ['reports that come at once apply in the order of their calls, and each gets its own answer', 'reports without an id go by arrival, also at once']],
  ['gives each the answer of the one before', (good) => {
    let before: Saved | undefined
    return {
      async save (report) {
        const saved = await good.save(report)
        const given = before ?? saved
        before = saved
        return given
      }
    }
  }, ['a crowd of machines at once is kept whole, and each gets its own answer']],
  ['keeps the facts of the agent that was replaced', (good) => ({
    save: async (report) => await good.save({ ...report, facts: report.facts ?? (await good.find(report.machine_id))?.facts ?? {} })
  }), ['a report of the nine alone clears facts and failures, and leaves the newest id as it was']],
  ['drops facts that are empty', save((report) => ({ ...report, facts: Object.fromEntries(Object.entries(report.facts ?? {}).filter(([, facts]) => Object.keys(facts).length > 0)) })), [
    'facts and failures are kept as they were told, those of the newest report alone'
  ]],
  ['forgets what people set', save((report) => ({ computer_model: null, ...report })), ['what people set outlives the next report, unless that tells otherwise']],
  ['keeps the first schema', (good) => {
    const known = new Set<string>()
    const isNew = (name: string) => known.size < known.add(name).size
    return { save: async (report) => await good.save({ ...report, schemas: Object.fromEntries(Object.entries(report.schemas ?? {}).filter(([name]) => isNew(name))) }) }
  }, ['collectors() tells the newest schema of each collector, by name']],
  ['takes no time for now', save((report) => ({ ...report, timestamp: report.timestamp ?? new Date().toISOString() })), [
    'how far the agent’s clock is off is told in seconds, unknown where the report tells no time'
  ]],
  ['takes whoever is renamed for two', answer(({ machine }) => ({ machine: { ...machine, duplicate: machine.hostname === 'renamed' ? ['a', 'b'] : null } })), [
    'two that take turns under one id are told, by name and address; one that is renamed or moves is not'
  ]],
  ['takes whoever reports for somebody with a key', answer(({ machine }) => ({ machine: { ...machine, unverified: false } })), [
    'whether its client had no key is told of a machine until one with a key reports; who sent it makes no other report'
  ]],
  ['sees nobody take turns', answer(({ machine }) => ({ machine: { ...machine, duplicate: null } })), [
    'two that take turns under one id are told, by name and address; one that is renamed or moves is not'
  ]],
  ['hands out what it keeps', (good) => {
    const found = new Map<string, Machine | undefined>()
    return { find: async (id) => found.get(id) ?? found.set(id, await good.find(id)).get(id), list: async () => ({ machines: [...found.values()] as Machine[], count: 1 }) }
  }, ['what is given to it and got from it is the caller’s own']],

  ['takes trailing space for nothing', save((report) => ({ ...report, hostname: report.hostname.trimEnd() || ' ' })), ['text is kept byte for byte, and no two texts are taken for one']],
  ['cuts inside a character', save((report) => ({ ...report, hostname: report.hostname.slice(0, 100) })), ['text that is too long is cut, not inside a character']],
  ['keeps empty text', answer(({ machine }) => ({ machine: { ...machine, ip: machine.ip ?? '' } })), ['empty text is unknown where a value may be unknown']],
  ['keeps numbers in single precision', save((report) => ({ ...report, cpu_percent: report.cpu_percent && Math.fround(report.cpu_percent) })), ['numbers are kept exactly; unknown is null, not 0']],
  ['keeps times to the second', save(({ computer_activation: time, ...report }) => ({ ...report, computer_activation: time ? new Date(time.setUTCMilliseconds(0)) : null })), [
    'times are kept to the millisecond, whatever the year and the time zone’s clock did'
  ]],

  ['does not answer', () => ({ ping: async () => { throw new Error('nobody here') } }), ['it answers']],
  ['moves last_seen by hand', (good) => ({
    async update (id, changes) {
      const machine = await good.update(id, changes)
      return machine && { ...machine, last_seen: new Date(machine.last_seen.getTime() + 1) }
    }
  }), ['update() sets what it is given, and moves updated_at, not last_seen']],
  ['trims ids', (good) => ({ remove: async (id) => await good.remove(id.trim()) }), ['a machine that nobody reported is none: not found, not changed, not removed']],
  ['only hides what it removes', (good) => {
    const hidden = new Set<string>()
    return {
      remove: async (id) => (await good.find(id)) !== undefined && hidden.size < hidden.add(id).size,
      find: async (id) => hidden.has(id) ? undefined : await good.find(id)
    }
  }, ['a removed machine is gone from everywhere, and new when it reports again']],

  ['sorts by UTF-16', page((machines) => machines.sort((a, b) => a.hostname < b.hostname ? -1 : 1)), ['machines are listed by hostname, and any text goes by code point']],
  ['sorts the unknown first', page((machines, { sort = 'hostname' }) => machines.sort((a, b) => Number(b[sort as 'ip'] === null) - Number(a[sort as 'ip'] === null))), [
    'under every sort unknown comes last both ways, and ties go by machine_id'
  ]],

  ['counts what the page holds', (good) => ({
    async list (query = {}) {
      const found = await good.list(query)
      return { ...found, count: found.machines.length }
    }
  }), ['pages of any size, put together, are the whole listing, and each tells the whole count']],
  ['counts what the filter left out', (good) => ({ list: async (query = {}) => ({ ...await good.list(query), count: (await good.list()).count }) }), [
    'pages of what a filter lets through are that whole listing, and count it alone'
  ]],
  ['always tells of a next page', (good) => ({ list: async (query = {}) => ({ next: '', ...await good.list(query) }) }), ['an empty store, and a filter that lets nothing through, have one empty page']],
  ['starts again on a cursor that it can’t read', (good) => ({ list: async (query = {}) => await good.list(query).catch(async () => await good.list({ ...query, cursor: undefined } as MachineQuery)) }), [
    'a cursor of another order, or that is none, is TATUSCAN_INVALID_REQUEST'
  ]],
  ['needs the machine at which a page ended', (good) => ({
    async list (query = {}) {
      const { cursor, ...rest } = query
      const [, , , id] = cursor === undefined ? [] : JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[]
      return await good.list(id !== undefined && await good.find(id) === undefined ? rest : query)
    }
  }), ['a page goes on where the last one ended, although that machine was removed since']],
  ['pages by offset', byOffset, [
    'machines that come between two pages, and that go, move no other', 'under hostname a machine that comes ahead of the cursor is listed, and one behind it is not'
  ]],

  ['searches in normal form', list(({ q = '', ...query }) => ({ ...query, q: q.normalize('NFC') })), ['q is looked for in hostname, ip, os_version and machine_id, ignoring the case of ASCII alone']],
  ['searches for whole words of an id', list(({ q = '', ...query }) => ({ ...query, q: q.length === 9 ? '?' : q })), ['any part of a machine_id finds its machine, and what is no part of one none']],
  ['remembers what it found', (good) => {
    const found = new Map<string | undefined, ReturnType<MachineStore['list']>>()
    return {
      async list (query = {}) {
        if (query.q === undefined) return await good.list(query)
        const known = found.get(query.q) ?? good.list(query)
        found.set(query.q, known)
        return await known
      }
    }
  }, ['a machine that has changed is found by what it reads now alone']],
  ['trims what it filters by', list(({ os = '', ...query }) => ({ ...query, ...os !== '' && { os: os.trim() } })), ['os and os_version match whole and exact; an empty version is an unknown one']],
  ['takes stale for late', list(({ status, ...query }) => ({ ...query, ...status !== undefined && { status: status === 'late' ? 'stale' : status } })), ['a status finds the machines that have it']],
  ['compares facts as numbers', list(({ facts = {}, ...query }) => ({
    ...query,
    facts: Object.fromEntries(Object.entries(facts).map(([path, text]) => [path, text === '' || Number.isNaN(Number(text)) ? text : String(Number(text))]))
  })), [
    'a fact matches by its text, a list by what it holds, and nothing asks for the unknown'
  ]],
  ['remembers what a fact filter found', (good) => {
    const found = new Map<string, ReturnType<MachineStore['list']>>()
    return { list: async (query = {}) => await (found.get(JSON.stringify(query)) ?? found.set(JSON.stringify(query), good.list(query)).get(JSON.stringify(query))!) }
  }, ['a fact is looked for in the newest report']],
  ['takes a dozen facts', list(({ facts = {}, ...query }) => ({ ...query, facts: Object.fromEntries(Object.entries(facts).reverse().slice(0, 12)) })), [
    'any number of facts can be asked for, together and at once'
  ]],
  ['applies one filter', list(({ os, q, ...query }) => ({ ...query, ...q !== undefined ? { q } : os !== undefined && { os } })), ['filters together let through what each of them does']],
  ['takes any collector for the one that fails', list(({ failing, ...query }) => ({ ...query, ...failing !== undefined && { failing: '' } })), [
    'failing finds the machines on which a collector failed, in the newest report'
  ]],
  ['knows no duplicates', list(({ duplicate: _, ...query }) => query), ['duplicate finds the machines under whose id two take turns, and the others']],
  ['takes since for after', list(({ created_since: since, ...query }) => ({ ...query, ...since && { created_since: new Date(since.getTime() + 1) } })), ['a time of first sight finds the machines from there on, and those before']],
  ['takes below for up to', list(({ ranges, ...query }) => ({
    ...query,
    ...ranges && {
      ranges: Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, range?.below === undefined ? range : { ...range, below: range.below + 1e-9 }]))
    }
  })), ['a range finds the machines whose number lies in it, of a field or of a fact']],
  ['leaves out the unknown with what is excepted', list(({ except, ...query }) => ({
    ...query, ...except && { except: Object.fromEntries(Object.entries(except).map(([name, texts]) => [name, [...texts ?? [], '']])) }
  })), ['machines are found whose field or fact reads none of several texts, and those that are unknown where that is not excepted']],
  ['counts an age from its month’s first day', list(({ ranges, ...query }) => ({
    ...query, ...ranges && { ranges: ranges.age ? { age: { ...ranges.age, min: (ranges.age.min ?? 0) - 1 } } : ranges }
  })), [
    'an age is counted in whole months since the computer was put to use'
  ]],
  ['always tells facts', list((query) => ({ ...query, include: ['facts'] })), ['a listing tells facts and failures where they are asked for, and only there']],

  ['streams by hostname alone', (good) => ({ stream: (query) => good.stream({ ...query, sort: 'hostname' }) }), ['stream() gives what list() does, in its order, whatever the query']],
  ['streams all at once', (good) => ({ async * stream (query) { yield await whole(good, query) } }), ['thousands of machines come in portions and in pages of at most 1000, each machine once']],
  ['streams by offset', (good) => ({
    async * stream (query) {
      for (let start = 0; ; start += 300) {
        const portion = (await whole(good, query)).slice(start, start + 300)
        if (portion.length === 0) return
        yield portion
      }
    }
  }), ['who is there all the while is streamed exactly once, whoever comes and goes']],
  ['is locked until a stream has ended', (good) => {
    let locked = false
    return {
      async * stream (query) {
        locked = true
        yield * good.stream(query)
        locked = false
      },
      async save (report) {
        assert.ok(!locked, 'locked')
        return await good.save(report)
      }
    }
  }, ['a stream that is left early leaves the store as it was']],

  ['takes unknown memory for 0', (good) => ({
    async summary (filter) {
      const { memory, ...summary } = await good.summary(filter)
      return { ...summary, memory: { ...memory, minimum_mb: memory.minimum_mb ?? 0 } }
    }
  }), ['an empty store’s summary is all zero, its memory unknown']],
  ['sums up all, whatever the filter', (good) => ({ summary: async () => await good.summary() }), ['the summary counts by status, system, version and age, and tells memory; a filter narrows it']],
  ['adds memory up in single precision', (good) => ({
    async summary (filter) {
      const { memory, ...summary } = await good.summary(filter)
      return { ...summary, memory: { ...memory, average_mb: Math.fround(memory.average_mb ?? 0) } }
    }
  }), ['large memory is added up without loss']],
  ['forgets since when a collector fails', (good) => ({
    async summary (query) {
      const { failing, ...summary } = await good.summary(query)
      return { ...summary, failing: failing.map((one) => ({ ...one, since: new Date() })) }
    }
  }), ['the summary tells what fails on how many machines, and since when without a pause']],
  ['takes old machines for new', (good) => ({
    async summary (query) {
      const { total, ...summary } = await good.summary(query)
      return { total, ...summary, fresh: { day: 0, week: 0, month: 0 } }
    }
  }), ['the summary tells what is new and what is double, and when it was counted']],
  ['tells unknown as a group', (good) => ({
    async tally (by, query) {
      const { groups, unknown, ...rest } = await good.tally(by, query)
      return { ...rest, unknown: 0, groups: unknown > 0 ? [{ value: '', count: unknown }, ...groups] : groups }
    }
  }), ['a tally’s every figure is the count of a listing', 'a tally tells the most frequent values, and how much it leaves out']],
  ['leaves out empty bins', (good) => ({
    async tally (by, query) {
      const { numbers, ...rest } = await good.tally(by, query)
      return { ...rest, numbers: numbers && { ...numbers, bins: numbers.bins.filter(({ count }) => count > 0) } }
    }
  }), ['a tally puts numbers in bins that lie side by side, or in those that are asked for']],
  ['keeps what it has counted', (good) => {
    const known = new Map<string, ReturnType<MachineStore['tally']>>()
    return { tally: async (by, query) => await (known.get(by) ?? known.set(by, good.tally(by, query)).get(by)!) }
  }, ['a tally counts what the newest reports tell']],
  ['sorts facts as text', (good) => ({
    async list (query = {}) {
      const { sort } = query
      if (!sort?.startsWith('facts.')) return await good.list(query)
      const { machines, ...found } = await good.list({ ...query, include: ['facts'] })
      const text = (machine: Machine) => String(machine.facts!.gpu?.value)
      return { ...found, machines: machines.sort((a, b) => text(a) < text(b) ? -1 : 1) }
    }
  }), ['a fact sorts by number, then by text, unknown last both ways']],
  ['makes its cursors too long for an address', (good) => ({
    async list ({ cursor, ...query } = {}) {
      const { next, ...found } = await good.list({ ...query, ...cursor !== undefined && { cursor: cursor.split('.')[0]! } })
      return { ...found, ...next !== undefined && { next: `${next}.${'x'.repeat(4000)}` } }
    }
  }), ['a fact sorts by the first 200 characters of its text, and a page of long ones is followed by the next']],
  ['turns ties around with the order', page((machines, { sort, dir }) => dir === 'desc' && sort !== 'machine_id'
    ? machines.sort((a, b) => String(a[sort as 'ip']) === String(b[sort as 'ip']) ? (a.machine_id < b.machine_id ? 1 : -1) : 0)
    : machines), ['whoever comes, changes and goes, every listing is what was told of its machines']]
]

/** What only shows across servers and restarts. */
const across: readonly (readonly [fault: string, options: Across, claims: readonly string[]])[] = [
  ['keeps machines of each server’s own', { again: () => createMemoryMachines() }, [
    'what one server has saved, changed or removed, another’s next read knows', 'whoever comes, changes and goes through either of two servers, both list the same',
    'reports through two servers at once leave every machine at its newest, and make each one once', 'a page of one server goes on at another',
    'the newest schema is the newest, whichever server took it', 'all that was saved, changed and removed is so after a restart',
    'after a restart it still tells the same report from a newer one and from a conflict', 'what was acknowledged while it closed is there after a restart'
  ]],
  ['can’t be closed', { close: async () => { throw new Error('busy') } }, ['closing ends, and so does every read that is under way']]
]

const sound = claimsOf(() => ({}))

const all = [
  ...faults.map(([fault, make, claims]) => ({ fault, claims, faulty: claimsOf(make) })),
  ...across.map(([fault, options, claims]) => ({ fault, claims, faulty: claimsOf(() => ({}), options) }))
]

for (const { fault, claims, faulty } of all) {
  test(`the suite finds out a store that ${fault}`, async (t) => {
    for (const claim of claims) {
      await t.notThrowsAsync(sound.get(claim)!(), claim)
      await t.throwsAsync(faulty.get(claim)!(), undefined, claim)
    }
  })
}

test('each claim of the suite has been seen to fail', (t) => {
  const seen = new Set(all.flatMap(({ claims }) => claims))
  t.deepEqual([...sound.keys()].filter((claim) => !seen.has(claim)), [])
})
