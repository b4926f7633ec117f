import { deepEqual, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'ava'
import type { MachineFilter } from '@tatuscan/core'
import fc from 'fast-check'
import { eachMatching } from '../src/roster/each-matching.ts'
import { createIdTable } from '../src/roster/id-table.ts'
import { matcher } from '../src/roster/matcher.ts'
import { createRoster, type RosterRow } from '../src/roster/roster.ts'
import { defaultThresholds } from '../src/status.ts'

const now = '2026-01-02T00:00:00.000Z'
const moment = { now: Date.parse(now), thresholds: defaultThresholds }
const hostnames = [
  'machine-', 'Web-', 'café-', 'CAFÉ-', 'na\u00EFve ', '\u05E9\u05DC\u05D5\u05DD-', '\u{1F600}-', '\u{1F601}\u{1F600}', '10 \u212A', '100%_\\"\'', 'nul\0host', '\u00FF\u00FE', '', `${'long'.repeat(22)}\u00E9-`
]
const versions = [null, 'Debian GNU/Linux 12', 'DEBIAN 13', 'Windows 11', 'caf\u00E9 OS']

/** Most ids are digests; some are made up, alike up to a digit, or of one digit alone. */
function idOf (number: number): string {
  if (number % 97 === 5) return (number / 97 >> 0).toString(16).padStart(64, '0')
  if (number % 97 === 6) return (number / 97 >> 0).toString(16).padEnd(64, 'ab')
  return createHash('sha256').update(String(number)).digest('hex')
}

function rowOf (number: number, look: number): RosterRow {
  const hostname = hostnames[look % hostnames.length]!
  return {
    machine_id: idOf(number),
    hostname: hostname === '' ? '' : `${hostname}${look % 1000}`,
    ip: look % 5 === 0 ? null : `10.${look % 7}.${number % 256}.${look % 256}`,
    os: look % 3 === 0 ? 'windows' : 'linux',
    os_version: versions[look % versions.length]!,
    cpu_percent: null,
    memory_total_mb: null,
    memory_used_mb: null,
    computer_model: null,
    computer_activation: null,
    activation_days: null,
    created_at: now,
    updated_at: null,
    last_seen: look % 11 === 0 ? '2025-01-01T00:00:00.000Z' : now,
    agent_version: null,
    interval_s: null,
    failures: null,
    turns: null
  }
}

const inSmallLetters = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

/** What the filter promises, the plain way. */
function matches ({ machine_id, hostname, ip, os, os_version, last_seen }: RosterRow, filter: MachineFilter): boolean {
  return [hostname, ip, os_version, machine_id].some((text) => text !== null && inSmallLetters(text).includes(inSmallLetters(filter.q!))) &&
    (filter.os === undefined || filter.os === os) && (filter.os_version === undefined || filter.os_version === (os_version ?? '')) &&
    (filter.status === undefined || filter.status === (last_seen === now ? 'online' : 'lost'))
}

/** A roster, and beside it the rows of its machines. */
function fleetOf (size: number) {
  const roster = createRoster(10)
  const rows = new Map<string, RosterRow>()
  const slotsOf = (filter: MachineFilter) => [...rows.values()].filter((row) => matches(row, filter)).map(({ machine_id }) => roster.ids.find(machine_id)).sort((a, b) => a - b)
  const fleet = {
    roster,
    rows,
    put (number: number, look: number, changes: Partial<RosterRow> = {}) {
      const row = { ...rowOf(number, look), ...changes }
      roster.put(row)
      rows.set(row.machine_id, row)
    },
    remove (number: number) {
      roster.remove(idOf(number))
      rows.delete(idOf(number))
    },
    /** Looks for all that match, so many slots at a time, and asks of some one by one, from the last on. */
    check (filter: MachineFilter, portion: number) {
      const { next, rest, holds } = matcher(roster, filter, moment)
      const expected = slotsOf(filter)
      const found: number[] = []
      for (let start = 0; start < roster.ids.size; start += portion) {
        const end = Math.min(start + portion, roster.ids.size)
        for (let slot = next(start, end); slot < end; slot = next(slot + 1, end)) if (roster.ids.has(slot) && (rest === undefined || rest(slot))) found.push(slot)
      }
      deepEqual(found, expected, JSON.stringify(filter))
      const these = new Set(expected)
      for (let slot = roster.ids.size - 1; slot >= 0; slot -= 7) if (roster.ids.has(slot)) ok(holds(slot) === these.has(slot), `${slot}: ${JSON.stringify(filter)}`)
    },
    /** A search that goes on as far as it is asked to, while machines come, change and go. */
    search (q: string) {
      const { next, rest, holds } = matcher(roster, { q }, moment)
      const throughout = new Set([...rows.values()].filter((row) => matches(row, { q })).map(({ machine_id }) => machine_id))
      const found = new Set<string>()
      let [from, end] = [0, 0]
      ok(rest === undefined)
      return {
        /** To be told of each machine that is another, or gone. */
        changed (number: number) {
          const row = rows.get(idOf(number))
          if (row === undefined || !matches(row, { q })) throughout.delete(idOf(number))
        },
        /** @param most how many it may find @returns whether there is more */
        goOn (portion: number, most: number): boolean {
          for (let count = 0; count < most; count++) {
            if (from >= end) end = Math.min(from + portion, roster.ids.size)
            const slot = next(from, end)
            ok(slot >= from && slot <= end)
            from = slot + Number(slot < end)
            if (slot === end) {
              if (end === roster.ids.size) return false
            } else if (roster.ids.has(slot)) {
              const row = rows.get(roster.ids.id(slot))!
              ok(matches(row, { q }) && holds(slot), `${JSON.stringify(q)} is in ${JSON.stringify(row)}`)
              found.add(row.machine_id)
            }
          }
          return true
        },
        end () {
          while (this.goOn(1024, 100));
          for (const id of throughout) ok(found.has(id), `${JSON.stringify(q)} misses ${id}`)
        }
      }
    }
  }
  for (let number = 0; number < size; number++) fleet.put(number, number)
  return fleet
}

const partOfId = (most: number) => fc.record({ number: fc.nat(3000), start: fc.nat(63), length: fc.integer({ min: 1, max: most }) })
  .map(({ number, start, length }) => idOf(number).slice(start, start + length))

/** Over the border of two ids that are beside one another. */
const partOfTwo = fc.record({ number: fc.nat(2500), before: fc.integer({ min: 1, max: 20 }), after: fc.integer({ min: 1, max: 20 }) })
  .map(({ number, before, after }) => idOf(number).slice(-before) + idOf(number + 1).slice(0, after))

/** Of a hostname and the address after it, and of some the border of the two. */
const partOfText = fc.record({ look: fc.nat(3000), start: fc.nat(12), length: fc.integer({ min: 1, max: 20 }), capitals: fc.boolean(), separator: fc.constantFrom('', '', '\0', '\u00FF') })
  .map(({ look, start, length, capitals, separator }) => {
    const { hostname, ip } = rowOf(look, look)
    const part = [...hostname, separator, ...ip ?? ''].slice(start, start + length).join('')
    return capitals ? part.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase()) : part
  })

/** Parts of what machines read, and of nothing that they do. */
const query = fc.oneof(
  { weight: 3, arbitrary: partOfId(64) },
  partOfId(4),
  partOfId(64).map((part) => part.replace(/.$/, (digit) => digit === '0' ? '1' : '0')), // right but for the last digit
  partOfTwo,
  { weight: 2, arbitrary: partOfText },
  fc.constantFrom('9', '77', 'de', 'zzz', '-', 'machine', 'debian', 'WINDOWS 11', '10.', '.7.', 'FE80::', '0'.repeat(9), '0'.repeat(63), 'ab'.repeat(30)),
  fc.constantFrom('é', 'É', '\u00C3\u00A9', '\u00FF', '\0', 'l\0h', '\u212A', 'k', '\u{1F600}', '\u{1F601}', '\u05DC\u05D5')
).filter((q) => q !== '')

const filter = fc.record(
  { q: query, os: fc.constantFrom('linux', 'windows', 'beos'), os_version: fc.constantFrom('', 'DEBIAN 13'), status: fc.constantFrom('online' as const, 'lost' as const) },
  { requiredKeys: ['q'] }
)
const number = fc.nat(3000)
const look = fc.nat(5000)
const portion = fc.constantFrom(1024, 1024, 100, 1500, 5000)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), number, look }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), number, ip: fc.constantFrom('fe80::9', null) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('many' as const), number, look }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), number }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('check' as const), filter, portion }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('search' as const), q: query }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('go on' as const), portion, most: fc.constantFrom(1, 3, 300) }) }
)

test('whatever comes, changes and goes before a search and during it, it finds what looking into every machine would', (t) => {
  fc.assert(fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
    const fleet = fleetOf(2600)
    const searches = new Set<ReturnType<typeof fleet.search>>()
    const tell = (number: number) => { for (const one of searches) one.changed(number) }
    for (const one of steps) {
      switch (one.do) {
        case 'put':
          fleet.put(one.number, one.look)
          tell(one.number)
          break
        case 'move': // looks as it did at first, but for the address
          fleet.put(one.number, one.number, { ip: one.ip })
          tell(one.number)
          break
        case 'many':
          for (let number = one.number; number < one.number + 50; number++) {
            fleet.put(number, one.look + number)
            tell(number)
          }
          break
        case 'remove':
          fleet.remove(one.number)
          tell(one.number)
          break
        case 'check': fleet.check(one.filter, one.portion); break
        case 'search': searches.add(fleet.search(one.q)); break
        default: for (const search of searches) if (!search.goOn(one.portion, one.most)) searches.delete(search)
      }
    }
    for (const search of searches) search.end()
  }), { numRuns: 100 })
  t.pass()
})

test('a part of an id is found wherever it begins, however long it is, and not over the border of two ids', (t) => {
  const roster = createRoster(10)
  const rows = [11, 12, 13].map((number) => rowOf(number, 12)) // which are called nothing
  for (const row of rows) roster.put(row)
  const found = (q: string) => {
    const { next } = matcher(roster, { q }, moment)
    return rows.map((_, slot) => next(slot, slot + 1) === slot)
  }
  for (let start = 0; start < 64; start++) {
    for (let length = 1; length <= 64; length++) {
      const q = rows.map(({ machine_id }) => machine_id).join('').slice(64 + start, 64 + start + length)
      deepEqual(found(q), rows.map((row) => matches(row, { q })), `${length} from ${start}`)
    }
  }
  t.pass()
})

test('a machine that is renamed while it is searched for is found by its new name alone', async (t) => {
  const { roster, rows, put } = fleetOf(0)
  for (let number = 0; number < 3000; number++) put(number, 1000 * hostnames.length) // all are called machine-0
  const [last, other] = [2990, 1000 * hostnames.length + 1]
  let changed = false
  const searched = async (q: string, change?: () => void) => {
    const found: number[] = []
    await eachMatching(roster, { q }, moment, (slot) => {
      found.push(slot)
      if (change === undefined || changed) return
      changed = true
      const start = performance.now()
      while (performance.now() - start < 5); // so that the search lets others have a turn
      setImmediate(change)
    })
    return found
  }
  t.is((await searched('Machine')).length, 3000)
  t.deepEqual((await searched('machine', () => { put(last, other) })).length, 2999)
  t.is(rows.get(idOf(last))!.hostname, 'Web-1')
  t.deepEqual(await searched('web-1'), [roster.ids.find(idOf(last))])
  t.is((await searched('machine')).length, 2999)
  put(last, other, { ip: 'fe80::9' })
  t.deepEqual(await searched('fe80::'), [last], 'its address alone is another')
  put(3000, other)
  t.deepEqual(await searched('web-1'), [last, 3000], 'one that has come')
})

test('many ids are found as each is by itself, also those that are no more, and those that share a place', (t) => {
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 1400 }), fc.integer({ min: 2, max: 9 }), (start, count, nth) => {
    const table = createIdTable() // which has some 2,000 places
    const ids = Array.from({ length: count + 500 }, (_, at) => idOf(start + at))
    const slots = ids.slice(0, count).map((id) => table.add(id))
    const removed = (slot: number): boolean => slot % nth === 0
    for (const slot of slots) if (removed(slot)) table.remove(slot)
    t.deepEqual([...table.findAll(ids.join(''))], [...slots.map((slot) => removed(slot) ? -1 : slot), ...Array.from({ length: 500 }, () => -1)])
  }), { numRuns: 50 })
})
