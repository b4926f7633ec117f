import test from 'ava'
import fc from 'fast-check'
import { TatuScanError } from '../src/errors.ts'
import { checkFacts, plainFacts } from '../src/facts.ts'
import { limits } from '../src/limits.ts'

function refused (value: unknown): { code: string, path: string } {
  try {
    plainFacts(value)
  } catch (error) {
    if (error instanceof TatuScanError) return { code: error.code, path: error.details[0]!.path }
    throw error
  }
  return { code: 'accepted', path: '' }
}

test('any JSON object within the limits comes back equal, as a copy', (t) => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__' && !key.includes('\0')), fc.jsonValue({ maxDepth: 5 })), (facts) => {
    if (JSON.stringify(facts).length > 8000 || /\\u0000|\\ud[89a-f]|"__proto__"/.test(JSON.stringify(facts))) return
    const copy = plainFacts(facts)
    t.deepEqual(copy, JSON.parse(JSON.stringify(facts)))
    t.not(copy, facts)
  }))
})

test('what it accepts survives JSON unchanged, whatever it was given', (t) => {
  fc.assert(fc.property(fc.object({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true }), (value) => {
    try {
      const copy = plainFacts(value)
      t.deepEqual(JSON.parse(JSON.stringify(copy)), copy)
    } catch (error) {
      t.true(error instanceof TatuScanError, String(error))
    }
  }))
})

const cyclic: Record<string, unknown> = {}
cyclic.again = { cyclic }

const hostile: [string, unknown, string, string][] = [
  ['a cycle', cyclic, 'TATUSCAN_FACTS_INVALID', '/again/cyclic'],
  ['a BigInt', { n: 5n }, 'TATUSCAN_FACTS_INVALID', '/n'],
  ['a function', { f () {} }, 'TATUSCAN_FACTS_INVALID', '/f'],
  ['a symbol', { s: Symbol('s') }, 'TATUSCAN_FACTS_INVALID', '/s'],
  ['a Date', { at: new Date() }, 'TATUSCAN_FACTS_INVALID', '/at'],
  ['a Map', { map: new Map() }, 'TATUSCAN_FACTS_INVALID', '/map'],
  ['NaN', { n: NaN }, 'TATUSCAN_FACTS_INVALID', '/n'],
  ['Infinity', { n: [1, Infinity] }, 'TATUSCAN_FACTS_INVALID', '/n/1'],
  ['NUL in a text', { 'a/b': 'x\0' }, 'TATUSCAN_FACTS_INVALID', '/a~1b'],
  ['NUL in a key', { 'a\0': 1 }, 'TATUSCAN_FACTS_INVALID', '/a\0'],
  ['a lone surrogate', { s: '\ud800' }, 'TATUSCAN_FACTS_INVALID', '/s'],
  ['a key __proto__', JSON.parse('{"a":{"__proto__":1}}'), 'TATUSCAN_FACTS_INVALID', '/a'],
  ['text instead of an object', 'facts', 'TATUSCAN_FACTS_INVALID', ''],
  ['a list instead of an object', [1], 'TATUSCAN_FACTS_INVALID', ''],
  ['null', null, 'TATUSCAN_FACTS_INVALID', ''],
  ['50 MB of text', { big: 'x'.repeat(50_000_000) }, 'TATUSCAN_FACTS_TOO_LARGE', '/big'],
  ['50 MB of items', { big: Array(10_000_000).fill('item') }, 'TATUSCAN_FACTS_TOO_LARGE', '/big/8190'],
  ['four-byte characters over the limit in bytes alone', { big: '😀'.repeat(9000) }, 'TATUSCAN_FACTS_TOO_LARGE', ''],
  ['501 keys', Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`k${n}`, 1])), 'TATUSCAN_FACTS_TOO_LARGE', ''],
  ['17 levels', Array.from({ length: 17 }).reduce<object>((inner) => ({ a: inner }), {}), 'TATUSCAN_FACTS_TOO_LARGE', '/a'.repeat(16)]
]
for (const [what, value, code, path] of hostile) {
  test(`${what} is refused, and its place named`, (t) => {
    t.deepEqual(refused(value), { code, path })
  })
}

test('the limits themselves are allowed: 500 keys, 16 levels, 32 KiB', (t) => {
  t.is(refused(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, 1]))).code, 'accepted')
  t.is(refused(Array.from({ length: 15 }).reduce<object>((inner) => ({ a: inner }), {})).code, 'accepted')
  t.is(refused({ a: 'x'.repeat(limits.factsBytes - '{"a":""}'.length) }).code, 'accepted')
  t.is(refused({ a: 'x'.repeat(limits.factsBytes - '{"a":""}'.length + 1) }).code, 'TATUSCAN_FACTS_TOO_LARGE')
})

test('-0 is told as 0, as JSON has it', (t) => {
  t.is(plainFacts({ n: -0 }).n, 0)
})

test('a getter runs once, one that throws is the collector’s failure, and undefined values are left out', (t) => {
  let reads = 0
  t.deepEqual(plainFacts({ get n () { return ++reads }, gone: undefined, list: [undefined] }), { n: 1, list: [null] })
  t.throws(() => plainFacts({ get n () { throw new RangeError('broken') } }), { instanceOf: RangeError })
})

test('facts that their schema refuses are an error that names each wrong path', (t) => {
  const schema = { type: 'object', required: ['a'], properties: { a: { type: 'integer', minimum: 0 }, b: { type: 'object', properties: { c: { type: 'string' } } } } }
  t.notThrows(() => checkFacts({ a: 1, b: { c: 'x' } }, schema))
  const error = t.throws(() => checkFacts({ a: -1, b: { c: 5 } }, schema), { instanceOf: TatuScanError })
  t.deepEqual(error.details.map(({ path }) => path), ['/a', '/b/c'])
  t.is(error.code, 'TATUSCAN_FACTS_INVALID')
  t.throws(() => checkFacts({}, schema), { message: /required/ })
})
