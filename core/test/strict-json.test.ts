import test from 'ava'
import fc from 'fast-check'
import { parseStrictJson } from '../src/index.ts'

const read = (text: string) => parseStrictJson(Buffer.from(text))

test('what JSON.stringify writes it reads as JSON.parse does', (t) => {
  fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => {
    fc.pre(!/\\u0000|\\ud[89a-f]|__proto__/i.test(text))
    t.deepEqual(read(text), JSON.parse(text))
  }))
  const spaced = ' { "a" : [ 1 , { "b:{[" : "\\"}:]," } ] , "c\\\\" : "\\\\" } '
  t.deepEqual(read(spaced), JSON.parse(spaced))
})

test('whatever the bytes, it answers with a value or with TATUSCAN_INVALID_REQUEST', (t) => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', 'a', '1', ' ') }).map((text) => Buffer.from(text))), (bytes) => {
    try {
      const value = parseStrictJson(bytes)
      t.deepEqual(value, JSON.parse(Buffer.from(bytes).toString()))
    } catch (error) {
      t.is((error as { code: string }).code, 'TATUSCAN_INVALID_REQUEST', String(error))
    }
  }), { numRuns: 2000 })
})

test('an object with a key twice is refused, wherever it is and however the key is written', (t) => {
  const key = fc.string({ minLength: 1, maxLength: 5 }).filter((text) => text !== '__proto__')
  fc.assert(fc.property(key, fc.nat({ max: 5 }), (name, depth) => {
    const quoted = JSON.stringify(name)
    const twice = `{${quoted}:1,"other key":[{}],${quoted}:2}`
    const nested = Array.from({ length: depth }).reduce<string>((inner) => `[{"a":${inner}}]`, twice)
    t.throws(() => read(nested), { message: /same key twice/ })
  }))
  t.throws(() => read('{"a":1,"\\u0061":2}'), { message: /same key twice/ })
})

for (const [what, bytes, message] of [
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), /UTF-8/],
  ['a byte order mark', Buffer.from('\ufeff{}'), /no JSON/],
  ['an escaped NUL', Buffer.from('{"a":["x\\u0000"]}'), /\/a\/0 must not contain NUL/],
  ['a lone surrogate', Buffer.from('{"a":"\\ud800"}'), /\/a must be well-formed/],
  ['a lone surrogate in a key', Buffer.from('{"\\ud800":1}'), /well-formed/],
  ['a key __proto__', Buffer.from('{"a":{"__proto__":1}}'), /__proto__/],
  ['a hidden key __proto__', Buffer.from('{"\\u005f_proto__":1}'), /__proto__/],
  ['31,000 nested lists', Buffer.from('['.repeat(31_000)), /64 levels/],
  ['65 nested objects', Buffer.from('{"a":'.repeat(65) + '1' + '}'.repeat(65)), /64 levels/],
  ['nothing', Buffer.from(''), /no JSON/]
] as const) {
  test(`${what} is refused, and said`, (t) => {
    t.throws(() => parseStrictJson(bytes), { code: 'TATUSCAN_INVALID_REQUEST', message })
  })
}
