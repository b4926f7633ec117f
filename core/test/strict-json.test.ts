import test from 'ava'
import fc from 'fast-check'
import { parseJson, parseStrictJson, parseStrictJsonList, pointerTo, TatuScanError } from '../src/index.ts'

const read = (text: string) => parseStrictJson(Buffer.from(text))

test('what JSON.stringify writes it reads as JSON.parse does', (t) => {
  fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => {
    fc.pre(!/\\u0000|\\ud[89a-f]|__proto__/i.test(text))
    t.deepEqual(read(text), JSON.parse(text))
  }))
  const spaced = ' { "a" : [ 1 , { "b:{[" : "\\"}:]," } ] , "c\\\\" : "\\\\" } '
  t.deepEqual(read(spaced), JSON.parse(spaced))
})

test('a key is read as what is written, whatever keys were read in its place before', (t) => {
  // JSON.parse of Node 24.21 and 26.10 takes the second of each pair for the first
  for (const [before, after] of [['\\\\', '\\n'], ['\\\\\\\\a', '\\\\ab'], ['x\\\\', 'x\\u00e9'], ['\\\\u00', '\\u00e9bcd']] as const) {
    for (const reader of [parseJson, read, (text: string) => parseStrictJsonList(Buffer.from(`[${text}]`), 1)[0]!.value]) {
      for (const key of [before, after]) t.deepEqual(Object.keys(reader(`{"p":1,"${key}":2}`) as object), ['p', JSON.parse(`"${key}"`)])
    }
  }
  const unit = fc.constantFrom('\\', '"', '\n', '/', 'u', '0', 'a', 'é', '\u0001', '😀', '__proto__')
  const [key, value] = [fc.string({ unit, maxLength: 4 }), fc.string({ unit, maxLength: 4 })]
  fc.assert(fc.property(fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, value, fc.constantFrom(null, true, 0, -1.5e-7), fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(key, tie('any'), { maxKeys: 4 }))
  })).any, (value) => {
    for (const space of [undefined, 1, '\t']) t.is(JSON.stringify(parseJson(JSON.stringify(value, null, space))), JSON.stringify(value))
  }), { numRuns: 1000 })
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
    const nested = Array.from({ length: depth }).reduce<string>((inner) => `[5,{"a":${inner}}]`, twice)
    const error = t.throws(() => read(nested), { instanceOf: TatuScanError, message: /twice/ })
    t.is(error!.details[0]!.path, pointerTo('/1/a'.repeat(depth), name), nested)
  }))
  t.throws(() => read('{"a":1,"\\u0061":2}'), { message: /\/a is there twice/ })
})

test('what is refused is named by its place, however it is written', (t) => {
  for (const [text, path] of [
    ['{"a":[1,{"b":"\\u0000"}]}', '/a/1/b'], ['{"a":[1,{"b":1e400}]}', '/a/1/b'], ['{"a":{"b/c":{"__proto__":1}}}', '/a/b~1c/__proto__'],
    ['{"a":{"b":{"\\udc00":1}}}', '/a/b'], ['{"a":[{"b":1},{"b":{"c":1,"d":[],"c":2}}]}', '/a/1/b/c'], ['"\\u0000"', ''], ['-1e999', '']
  ] as const) {
    t.is(t.throws(() => read(text), { instanceOf: TatuScanError })!.details[0]!.path, path, text)
  }
})

test('a list is read as JSON.parse reads it, and each of its items is as long as it is on the wire', (t) => {
  fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 8 }), fc.constantFrom('', ' ', '\n\t '), (values, space) => {
    const texts = values.map((value) => `${space}${JSON.stringify(value)}${space}`)
    const text = `${space}[${texts.join()}${values.length === 0 ? space : ''}]${space}`
    fc.pre(!/\\u0000|\\ud[89a-f]|__proto__/i.test(text))
    const items = parseStrictJsonList(Buffer.from(text), 8)
    t.deepEqual(items, texts.map((text) => ({ value: JSON.parse(text), bytes: Buffer.byteLength(text) })))
  }))
})

test('in a list each item is refused alone, with its own place', (t) => {
  const items = parseStrictJsonList(Buffer.from(`[{"a":1}, {"a":"\\u0000"}, {"a":1,"a":2}, ${'['.repeat(65)}${']'.repeat(65)}, "\\ud800", {"b":{"__proto__":{}}}, 1e400, [",]"]]`), 8)
  t.deepEqual(items.map(({ error }) => error?.details[0]?.path), [undefined, '/a', '/a', '', '', '/b/__proto__', '', undefined])
})

test('what is no list, or too long a one, is refused whole', (t) => {
  for (const [text, message] of [
    ['{}', /must be array/], ['5', /must be array/], ['', /no JSON/], ['[', /no JSON/], [']', /no JSON/], ['[]]', /no JSON/], ['[],[]', /no JSON/], ['[1,]', /no JSON/], ['[,1]', /no JSON/],
    ['[1 2]', /no JSON/], ['[}{]', /no JSON/], ['[1,{"a":]', /no JSON/], ['[1],[2]', /no JSON/], ['["]', /no JSON/], ['\u00a0[]', /no JSON/], ['[1,2,3,4]', /more than 3/], ['[1,2,3,4,5,6]', /more than 3/]
  ] as const) t.throws(() => parseStrictJsonList(Buffer.from(text), 3), { code: 'TATUSCAN_INVALID_REQUEST', message }, text)
  t.is(parseStrictJsonList(Buffer.from('[1,2,3]'), 3).length, 3)
})

for (const [what, bytes, message] of [
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), /UTF-8/],
  ['a byte order mark', Buffer.from('\ufeff{}'), /no JSON/],
  ['a number beyond all numbers', Buffer.from('{"a":[-1e400]}'), /\/a\/0 must be a number within/],
  ['an escaped NUL', Buffer.from('{"a":["x\\u0000"]}'), /\/a\/0 must not contain NUL/],
  ['a lone surrogate', Buffer.from('{"a":"\\ud800"}'), /\/a must be well-formed/],
  ['a lone surrogate in a key', Buffer.from('{"\\ud800":1}'), /well-formed/],
  ['a key __proto__', Buffer.from('{"a":{"__proto__":1}}'), /__proto__/],
  ['a hidden key __proto__', Buffer.from('{"\\u005f_proto__":1}'), /__proto__/],
  ['31,000 nested lists', Buffer.from('['.repeat(31_000) + ']'.repeat(31_000)), /64 levels/],
  ['65 nested objects', Buffer.from('{"a":'.repeat(65) + '1' + '}'.repeat(65)), /64 levels/],
  ['nothing', Buffer.from(''), /no JSON/]
] as const) {
  test(`${what} is refused, and said`, (t) => {
    t.throws(() => parseStrictJson(bytes), { code: 'TATUSCAN_INVALID_REQUEST', message })
  })
}
