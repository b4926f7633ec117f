import test from 'ava'
import fc from 'fast-check'
import { binBounds, filterQuery, groupFields, machineStatuses, numberFields, readFilter, type MachineFilter } from '../src/index.ts'

const fact = fc.constantFrom('gpu.name', 'os.a b', 'disk.é.&=', 'x.__proto__')
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((value) => value + 0)
const range = fc.option(fc.record({ min: number, below: number }, { requiredKeys: [] }).filter((one) => Object.keys(one).length > 0))
const instant = fc.date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
const filters: fc.Arbitrary<MachineFilter> = fc.record({
  q: fc.string(),
  os: fc.string(),
  os_version: fc.string(),
  status: fc.constantFrom(...machineStatuses),
  failing: fc.constantFrom('', 'gpu'),
  duplicate: fc.boolean(),
  created_since: instant,
  created_before: instant,
  facts: fc.dictionary(fact, fc.string(), { minKeys: 1, noNullPrototype: true }),
  except: fc.dictionary(fc.oneof(fc.constantFrom(...groupFields), fact.map((path) => `facts.${path}`)), fc.array(fc.string(), { minLength: 1, maxLength: 100 }), { minKeys: 1, noNullPrototype: true }),
  ranges: fc.dictionary(fc.oneof(fc.constantFrom(...numberFields), fact.map((path) => `facts.${path}`)), range, { minKeys: 1, noNullPrototype: true })
}, { requiredKeys: [] }) as never

test('a filter as parameters is read as the same filter, by way of an address too', (t) => {
  fc.assert(fc.property(filters, (filter) => {
    const address = new URLSearchParams(filterQuery(filter)).toString()
    t.deepEqual(readFilter(Object.fromEntries(new URLSearchParams(address))), { filter, wrong: [] })
  }))
})

test('whatever the parameters, a filter is read, and each that is wrong is named', (t) => {
  const name = fc.oneof(fc.constantFrom('q', 'status', 'failing', 'duplicate', 'created_since', 'min.age', 'below.facts.gpu.x', 'min.', 'facts.', 'facts.gpu.x', 'unknown', 'top', 'not.os', 'not.', 'not.facts.gpu.x'), fc.string())
  fc.assert(fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.json())), (query) => {
    const { filter, wrong } = readFilter(query)
    t.true(wrong.every(({ name }) => name === 'facts' || Object.hasOwn(query, name)))
    t.deepEqual(readFilter(filterQuery(filter)).filter, filter)
  }))
})

test('bins are few, lie side by side in round numbers, and hold every number', (t) => {
  const any = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(fc.property(any, any, fc.integer({ min: 2, max: 100 }), (one, other, bins) => {
    const [minimum, maximum] = [Math.min(one, other), Math.max(one, other)]
    const bounds = binBounds(minimum, maximum, bins)
    t.true(bounds.length >= 2 && bounds.length <= bins + 1 && bounds[0]! <= minimum && bounds.at(-1)! > maximum)
    t.true(bounds.every((bound, at) => at === 0 || bound > bounds[at - 1]!))
  }))
  t.deepEqual(binBounds(0.1, 0.7, 10), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
  t.deepEqual(binBounds(5, 5, 12), [5, 6])
  t.deepEqual(binBounds(-3, 7, 5), [-5, 0, 5, 10])
})
