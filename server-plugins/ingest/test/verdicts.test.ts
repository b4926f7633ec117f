/** What a report may be and what not: one row a verdict, the same on every database, alone and in a batch. */
import test, { type ExecutionContext } from 'ava'
import { limits, parseJson } from '@tatuscan/core'
import { nineOf, openServers, type Answer, type Server } from './servers.ts'

/** The body of a report: its changed fields; or its text, made from that of a valid one whose hostname is `HOSTNAME` and whose last field is `"last":0`. */
type Body = object | ((valid: string) => string | Buffer)

let servers: Server[] = []
test.before(async () => { servers = await openServers() })
test.after.always(async () => { await Promise.all(servers.map(async (server) => await server.close())) })

function bodyOf (name: string, body: Body): string | Buffer {
  if (typeof body !== 'function') return JSON.stringify({ ...nineOf(name), ...body })
  return body(JSON.stringify({ ...nineOf(name), hostname: 'HOSTNAME', last: 0 }))
}

/** Asks all servers, and gives the answer that they have in common. */
async function ask (t: ExecutionContext, request: (server: Server) => Promise<Answer>): Promise<Answer> {
  const answers = await Promise.all(servers.map(request))
  for (const [index, answer] of answers.entries()) t.deepEqual(timeless(answer), timeless(answers[0]!), `${servers[index]!.kind} and ${servers[0]!.kind}`)
  return answers[0]!
}

/** Each server has a clock of its own, which status follows. */
function timeless (value: unknown): unknown {
  const byTheClock = (key: string, value: unknown) => key === 'clock_offset_s' || (/^(created_at|updated_at|last_seen|status)$/.test(key) && typeof value === 'string')
  return parseJson(JSON.stringify(value, (key, value: unknown) => byTheClock(key, value) ? 'by the clock' : value))
}

const change = (part: string, becomes: string) => (valid: string): string => {
  if (!valid.includes(part)) throw new Error(`${part} is not in ${valid}`)
  return valid.replace(part, () => becomes)
}
const last = (text: string) => change('"last":0', text)
const bytes = (...values: number[]) => (valid: string): Buffer => {
  const [before, after] = valid.split('HOSTNAME')
  return Buffer.concat([Buffer.from(before!), Buffer.from(values), Buffer.from(after!)])
}
const many = <Value>(count: number, value: Value) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]))
const deep = (levels: number) => Array.from({ length: levels - 1 }).reduce<object>((inner) => ({ a: inner }), {})
const sized = (size: number) => ({ text: 'x'.repeat(size - '{"text":""}'.length) })
const same = (what: string, body: Record<string, unknown>) => [what, body, body] as const
const textEverywhere = (text: string) => ({
  hostname: text,
  ip: text,
  os: text,
  os_version: text,
  agent_version: text,
  computer_model: text,
  facts: { sample: { [text]: text, list: [text, { [text]: [text] }] } },
  failures: [{ ...failure, message: text, [text]: text }]
})
const inAscii = (text: string) => JSON.stringify(text).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const failure = { collector: 'gpu', code: 'X', message: 'x', ms: 1 }

/** Refused with 400: what, the body, the paths that are wrong. */
const refused: readonly (readonly [what: string, body: Body, ...paths: string[]])[] = [
  ...['machine_id', 'hostname', 'ip', 'os', 'cpu_percent', 'memory_total_mb'].map((field) => [`without ${field}`, { [field]: undefined }, `/${field}`] as const),
  ...['machine_id', 'hostname', 'os', 'timestamp', 'report_id', 'agent_version', 'interval_s', 'facts', 'failures', 'schemas'].map((field) => [`${field} null`, { [field]: null }, `/${field}`] as const),
  ['facts of a collector null', { facts: { gpu: null } }, '/facts/gpu'],
  ['schema of a collector null', { schemas: { gpu: null } }, '/schemas/gpu'],

  ...['machine_id', 'hostname', 'ip', 'os', 'os_version', 'timestamp', 'report_id', 'agent_version', 'computer_model'].flatMap((field) => [5, true, ['h'], { a: 'h' }].map((value) =>
    [`${field} ${JSON.stringify(value)}`, { [field]: value }, `/${field}`] as const)),
  ...['cpu_percent', 'memory_total_mb', 'memory_used_mb', 'interval_s', 'activation_days'].flatMap((field) => ['5', '', true, [5], { a: 5 }].map((value) =>
    [`${field} ${JSON.stringify(value)}`, { [field]: value }, `/${field}`] as const)),
  ...['facts', 'schemas'].flatMap((field) => ['x', 5, true, []].map((value) => [`${field} ${JSON.stringify(value)}`, { [field]: value }, `/${field}`] as const)),
  ...['facts', 'schemas'].flatMap((field) => ['x', 5, true].map((value) => [`${field} of a collector ${JSON.stringify(value)}`, { [field]: { gpu: value } }, `/${field}/gpu`] as const)),
  ['facts of a collector a list', { facts: { gpu: [] } }, '/facts/gpu'],
  ...['x', 5, {}].map((value) => [`failures ${JSON.stringify(value)}`, { failures: value }, '/failures'] as const),
  ['a failure that is none', { failures: [failure, 'x'] }, '/failures/1'],
  ['a failure without its fields', { failures: [{}] }, '/failures/0/collector', '/failures/0/code', '/failures/0/message', '/failures/0/ms'],
  ['a failure of -1 ms', { failures: [{ ...failure, ms: -1 }] }, '/failures/0/ms'],
  ['a failure with null for its message', { failures: [{ ...failure, message: null }] }, '/failures/0/message'],
  ['a failure with too long a message', { failures: [{ ...failure, message: 'é'.repeat(501) }] }, '/failures/0/message'],
  ['a computer_activation that is a boolean', { computer_activation: true }, '/computer_activation'],
  ['three fields at once', { hostname: '', cpu_percent: '5', ip: undefined }, '/hostname', '/cpu_percent', '/ip'],

  ['a machine_id of 63 digits', { machine_id: 'a'.repeat(63) }, '/machine_id'],
  ['a machine_id of 65 digits', { machine_id: 'a'.repeat(65) }, '/machine_id'],
  ['a machine_id with a letter beyond f', { machine_id: 'g'.repeat(64) }, '/machine_id'],
  ['a machine_id with a line break behind it', { machine_id: 'a'.repeat(64) + '\n' }, '/machine_id'],
  ['a machine_id of other digits', { machine_id: '０'.repeat(64) }, '/machine_id'],
  ['an empty machine_id', { machine_id: '' }, '/machine_id'],
  ['an empty hostname', { hostname: '' }, '/hostname'],
  ['an empty os', { os: '' }, '/os'],
  ['a report_id that is no UUID', { report_id: 'x' }, '/report_id'],
  ['a report_id of another version', { report_id: '00000000-0000-4000-8000-000000000000' }, '/report_id'],
  ['a report_id in upper case', { report_id: '0000000A-0000-7000-8000-000000000000' }, '/report_id'],

  ...['memory_total_mb', 'memory_used_mb'].flatMap((field) => [-1, 0.5, 2 ** 53, 2 ** 60, 1e300].map((value) => [`${field} ${value}`, { [field]: value }, `/${field}`] as const)),
  ['memory that becomes 2^53', change('8192', '9007199254740993'), '/memory_total_mb'],
  ['memory of 1e400', change('8192', '1e400'), '/memory_total_mb'],
  ...[-0.1, 100.1, 101, -5e300, 1e300].map((value) => [`cpu_percent ${value}`, { cpu_percent: value }, '/cpu_percent'] as const),
  ['cpu_percent 1e400', change('12.5', '1e400'), '/cpu_percent'],
  ...[0, -1, 31_536_001].map((value) => [`interval_s ${value}`, { interval_s: value }, '/interval_s'] as const),
  ['interval_s of 1e-400, which is 0', last('"interval_s":1e-400'), '/interval_s'],
  ...[1.5, 2 ** 31, -(2 ** 31) - 1, 1e300].map((value) => [`activation_days ${value}`, { activation_days: value }, '/activation_days'] as const),
  ...[
    'yesterday', '31/02/2024', '2023-02-29', '29/02/1900', '2024-13-01', '02/30/2024', '2024-02-03T24:01', '2024-02-03T10:00+99:99', '2024', '5', ' ', '10000-01-01', '0000-12-31',
    '9999-12-31 23:00', '9999-12-31T23:59:59-00:01', '2024-W05-1', 253_402_300_800, -62_135_596_801, 1e300
  ].map((value) => [`computer_activation ${JSON.stringify(value)}`, { computer_activation: value }, '/computer_activation'] as const),
  ['computer_activation 1e400', last('"computer_activation":1e400'), '/computer_activation'],

  ...['hostname', 'ip', 'os', 'os_version', 'timestamp', 'agent_version', 'computer_model', 'report_id', 'machine_id', 'unknown'].flatMap((field) => [
    [`NUL in ${field}`, { [field]: 'a\0b' }, `/${field}`] as const,
    [`half a character in ${field}`, { [field]: 'a\ud83d' }, `/${field}`] as const
  ]),
  ['the wrong half of a character', { hostname: '\ude00a' }, '/hostname'],
  ['two halves in the wrong order', { hostname: '\ude00\ud83d' }, '/hostname'],
  ['NUL in a key', { facts: { gpu: { 'a\0': 1 } } }, '/facts/gpu'],
  ['half a character in a key', { facts: { gpu: { '\udc00': 1 } } }, '/facts/gpu'],
  ['NUL deep in facts', { facts: { gpu: { a: [{ b: '\0' }] } } }, '/facts/gpu/a/0/b'],
  ['NUL in a failure', { failures: [{ ...failure, message: '\0' }] }, '/failures/0/message'],
  ['NUL in a schema', { schemas: { gpu: { title: '\0' } } }, '/schemas/gpu/title'],

  ['a key twice', last('"hostname":"b"'), '/hostname'],
  ['a key twice, written in another way', last('"hostn\\u0061me":"b"'), '/hostname'],
  ['a key twice in facts', last('"facts":{"gpu":{"a":[1,{"b":1,"c":2,"b":1}]}}'), '/facts/gpu/a/1/b'],
  ['a collector twice', last('"facts":{"gpu":{},"gpu":{}}'), '/facts/gpu'],
  ['an unknown key twice', last('"x":{"":1,"":2}'), '/x/'],
  ['__proto__ at the top', last('"__proto__":{"hostname":"x"}'), '/__proto__'],
  ['__proto__, written in another way', last('"\\u005f_proto__":1'), '/__proto__'],
  ['__proto__ as a collector', last('"facts":{"__proto__":{}}'), '/facts/__proto__'],
  ['__proto__ in facts', last('"facts":{"gpu":{"a":{"__proto__":null}}}'), '/facts/gpu/a/__proto__'],
  ['__proto__ in a schema', last('"schemas":{"gpu":{"properties":{"__proto__":{}}}}'), '/schemas/gpu/properties/__proto__'],
  ['__proto__ in an unknown field', last('"x":[{"__proto__":1}]'), '/x/0/__proto__'],

  ['17 levels of facts', { facts: { gpu: deep(17) } }, '/facts/gpu' + '/a'.repeat(16)],
  ['501 keys', { facts: { gpu: { a: many(501, 1) } } }, '/facts/gpu/a'],
  ['a byte more than 32 KiB of facts', { facts: { gpu: sized(limits.factsBytes + 1) } }, '/facts/gpu'],
  ['more than 32 KiB of facts in characters of 4 bytes', { facts: { gpu: { a: '😀'.repeat(8192) } } }, '/facts/gpu'],
  ['a byte more than 16 KiB of schema', { schemas: { gpu: sized(limits.schemaBytes + 1) } }, '/schemas/gpu'],
  ['101 collectors', { facts: many(101, {}) }, '/facts'],
  ['101 schemas', { schemas: many(101, {}) }, '/schemas'],
  ...['', 'GPU', '1a', 'a.b', 'a b', 'é', 'a'.repeat(65), '_'].flatMap((name) => ['facts', 'schemas'].map((field) => [`${field} of a collector called ${inAscii(name)}`, { [field]: { [name]: {} } }, `/${field}/${name}`] as const)),
  ['a number in facts that is beyond all numbers', last('"facts":{"gpu":{"a":[0,1e400]}}'), '/facts/gpu/a/1'],
  ['a number in a schema that is beyond all numbers', last('"schemas":{"gpu":{"minimum":-1e400}}'), '/schemas/gpu/minimum'],
  ['65 levels in an unknown field', last(`"x":${'['.repeat(64)}${']'.repeat(64)}`), ''],
  ['20,000 levels in an unknown field', last(`"x":${'['.repeat(20_000)}${']'.repeat(20_000)}`), ''],

  ...['[]', '[[]]', 'null', '5', '"x"', 'true'].map((text) => [`${text} instead of a report`, () => text, ''] as const)
]

/** Refused with 400, and a whole batch for it: what can't be taken apart. */
const unreadable: readonly (readonly [what: string, body: Body])[] = [
  ['nothing', () => ''],
  ['only spaces', () => ' \n'],
  ['a brace', () => '{'],
  ['half a report', (valid) => valid.slice(0, valid.length / 2)],
  ['two reports', (valid) => valid + valid],
  ['a comma behind the last field', last('"last":0,')],
  ['single quotes', (valid) => valid.replaceAll('"', "'")],
  ['a comment', (valid) => `${valid} // as in JavaScript`],
  ['NaN', change('12.5', 'NaN')],
  ['Infinity', change('12.5', 'Infinity')],
  ['a number with a zero before it', change('12.5', '012.5')],
  ['a number in hexadecimal', change('12.5', '0x0c')],
  ['a bare key', change('"os"', 'os')],
  ['a bare NUL', bytes(0)],
  ['a bare line break in a text', bytes(10)],
  ['invalid UTF-8', bytes(0xff)],
  ['UTF-8 that breaks off', bytes(0xf0, 0x9f, 0x98)],
  ['NUL in two bytes', bytes(0xc0, 0x80)],
  ['half a character as UTF-8', bytes(0xed, 0xa0, 0xbd)],
  ['a character beyond the last one', bytes(0xf4, 0x90, 0x80, 0x80)],
  ['Latin-1', bytes(0xe9)],
  ['a byte order mark', (valid) => '\ufeff' + valid],
  ['UTF-16', (valid) => Buffer.from('\ufeff' + valid, 'utf16le')]
]

/** Taken: what, the body, what a reader gets. */
const taken: readonly (readonly [what: string, body: Body, kept: Record<string, unknown>])[] = [
  same('everything unknown', { ip: null, os_version: null, cpu_percent: null, memory_total_mb: null, memory_used_mb: null }),
  ['only what is required', { os_version: undefined, memory_used_mb: undefined, timestamp: undefined }, { os_version: null, memory_used_mb: null }],
  ['what is empty for unknown', { ip: '', os_version: '', computer_model: '', computer_activation: '', agent_version: '' }, {
    ip: null, os_version: null, computer_model: null, computer_activation: null, agent_version: null
  }],
  same('what people set, unknown', { computer_model: null, computer_activation: null, activation_days: null }),
  ['unknown fields', { unknown: { deep: [1, { a: null }] }, constructor: 1, toString: 'x', hasOwnProperty: [], status: 'lost', created_at: 'x', last_seen: 5 }, { hostname: 'srv', status: 'online' }],
  ['a machine_id in upper case', { machine_id: nineOf('in upper case').machine_id.toUpperCase() }, { machine_id: nineOf('in upper case').machine_id }],

  ...[
    'Ação é à ü', 'e\u0301\u0323', 'Z\u0351\u036b\u0343\u036a\u0302', 'עברית العربية', '\u202eabc\u202c', '日本語', 'Кирилл', '😀🏳️‍🌈👨‍👩‍👧', '\u{10ffff}\uffff\ufffe', '\ufeffa\ufeff', '\u200b\u2060',

    '\u0001\u0008\u000b\u001b[31m\u001f', '\u007f\u0080\u0085\u009f', 'a\tb\nc\rd', 'trailing  ', '  leading', '   ', '\u00a0\u3000', '"\'`\\/&<>', "'; drop table inventory; --", '100%_',
    '\\u0000', '\\', '\\\\', '\\N', '{}', 'null', 'NULL', 'NaN', '0', '\u2028\u2029', '=1+1', '$1 ? :a %s', 'ﬁ ſ İ ı ß ẞ', 'ＦＵＬＬ'
  ].map((text) => same(`the text ${inAscii(text)}`, textEverywhere(text))),
  same('text as long as its column', {
    hostname: 'é'.repeat(100), ip: '0'.repeat(45), os: 'x'.repeat(100), os_version: '日'.repeat(100), computer_model: '😀'.repeat(100), agent_version: '😀'.repeat(64)
  }),
  ['text that is longer than its column', { hostname: '😀'.repeat(101), ip: '0'.repeat(46), os: 'x'.repeat(5000), os_version: '日'.repeat(101), computer_model: 'a' + '😀'.repeat(100), agent_version: '😀'.repeat(65) },
    { hostname: '😀'.repeat(100), ip: '0'.repeat(45), os: 'x'.repeat(100), os_version: '日'.repeat(100), computer_model: 'a' + '😀'.repeat(99), agent_version: '😀'.repeat(64) }],
  ['a hostname cut before an accent of its own', { hostname: 'x'.repeat(99) + 'e\u0301' }, { hostname: 'x'.repeat(99) + 'e' }],
  same('the longest address', { ip: '2001:0db8:0000:0000:0000:ff00:255.255.255.255' }),

  ...([['0', 0], ['-0', 0], ['0.0', 0], ['1e-7', 1e-7], ['5e-324', 5e-324], ['1e-400', 0], ['15.5', 15.5], ['33.333333333333336', 33.333333333333336], ['0.1', 0.1], ['1e2', 100], ['100.0', 100]] as const)
    .map(([text, value]) => [`cpu_percent ${text}`, change('12.5', text), { cpu_percent: value }] as const),
  ...([['0', 0], ['-0', 0], ['1', 1], ['100.0', 100], ['1E2', 100], ['9007199254740991', 2 ** 53 - 1], ['2147483648', 2 ** 31], ['4294967296', 2 ** 32]] as const)
    .map(([text, value]) => [`memory ${text}`, (valid: string) => valid.replace('8192', text).replace('4096', text), { memory_total_mb: value, memory_used_mb: value }] as const),
  ...([['2147483647', 2 ** 31 - 1], ['-2147483648', -(2 ** 31)], ['-0', 0], ['1e2', 100]] as const).map(([text, value]) => [`activation_days ${text}`, last(`"activation_days":${text}`), { activation_days: value }] as const),
  ...['5e-324', '0.5', '60', '1e2', '31536000'].map((text) => [`interval_s ${text}`, last(`"interval_s":${text}`), {}] as const),
  ...['0', '-0', '1e2', '1.7976931348623157e308', '5e-324', '9007199254740993', '1e21', '123456789012345678901234567890', '0.1', '1e-400'].map((text) =>
    [`the fact ${text}`, last(`"facts":{"sample":{"n":${text}}}`), { facts: { sample: { n: Number(text) || 0 } } }] as const),
  ['numbers that are longer in full', last(`"facts":{"sample":{"n":[${'1e20,'.repeat(1000)}0]}}`), { facts: { sample: { n: [...Array(1000).fill(1e20), 0] } } }],

  ...([
    ['2024-02-03T10:00:00Z', '2024-02-03T06:00:00.000-04:00'], ['2024-02-03t10:00:00z', '2024-02-03T06:00:00.000-04:00'], ['2024-02-03T10:00:00.123456789-03:00', '2024-02-03T09:00:00.123-04:00'],
    ['2024-02-03T10:00:00+0530', '2024-02-03T00:30:00.000-04:00'], ['2024-02-03T10:00:00', '2024-02-03T10:00:00.000-04:00'], ['2024-02-03 10:00', '2024-02-03T10:00:00.000-04:00'],
    ['2024-02-03', '2024-02-03T00:00:00.000-04:00'], ['03/02/2024', '2024-02-03T00:00:00.000-04:00'], [1_706_955_600, '2024-02-03T06:20:00.000-04:00'], ['1706955600', '2024-02-03T06:20:00.000-04:00'],
    [1_706_955_600.125, '2024-02-03T06:20:00.125-04:00'], [0, '1969-12-31T20:00:00.000-04:00'], [1e-7, '1969-12-31T20:00:00.000-04:00'], [-1, '1969-12-31T19:59:59.000-04:00'],
    ['29/02/2024', '2024-02-29T00:00:00.000-04:00'], ['2000-02-29', '2000-02-29T00:00:00.000-04:00'], ['0001-01-01', '0001-01-01T00:00:00.000-03:44'], ['0001-01-01T00:00:00Z', '0000-12-31T20:16:00.000-03:44'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T19:59:59.999-04:00'], ['9999-12-31 19:59', '9999-12-31T19:59:00.000-04:00'], [253_402_300_799, '9999-12-31T19:59:59.000-04:00'], [-62_135_596_800, '0000-12-31T20:16:00.000-03:44'],
    ['1582-10-10', '1582-10-10T00:00:00.000-03:44'], ['1900-03-01', '1900-03-01T00:00:00.000-03:44'],
    ['2018-11-04', '2018-11-04T01:00:00.000-03:00'], ['2018-11-04 00:30', '2018-11-04T01:30:00.000-03:00'], ['2019-02-16 23:30', '2019-02-16T23:30:00.000-03:00'], ['2019-02-17', '2019-02-17T00:00:00.000-04:00'],
    ['', null]
  ] as const).map(([given, shown]) => [`computer_activation ${JSON.stringify(given)}`, { computer_activation: given }, { computer_activation: shown }] as const),
  ...['', 'yesterday', '2026-01-02', '2026-01-02T03:04:05', '1', 'x 5', '+275760-09-13T00:00:00Z', '9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z', '2026-02-30T00:00:00Z', 'x'.repeat(5000)].map((timestamp) =>
    [`timestamp ${inAscii(timestamp.slice(0, 40))}`, { timestamp }, { hostname: 'srv' }] as const),

  ['facts at their limits', { facts: { deep: deep(16), wide: many(500, 1), large: sized(limits.factsBytes) }, schemas: { large: sized(limits.schemaBytes) } }, { facts: { deep: deep(16), wide: many(500, 1), large: sized(limits.factsBytes) } }],
  ['100 collectors', { facts: many(100, { a: 1 }), schemas: many(100, {}) }, { facts: many(100, { a: 1 }) }],
  same('facts that are called like what every object has', {
    facts: { constructor: { constructor: 1, toString: 'x', valueOf: null, hasOwnProperty: [], length: 5 }, prototype: { '': 1, ' ': 2, 'a/b~c': 3, 0: 4 } }
  }),
  same('facts of all kinds', { facts: { sample: { a: null, b: true, c: [], d: {}, e: '', f: [[[]]], g: [null, false, 0, '', {}] } } }),
  same('a collector with the longest name', { facts: { ['a'.repeat(64)]: {} } }),
  same('a key of 32,000 characters', { facts: { sample: { ['k'.repeat(32_000)]: 1 } } }),
  same('a failure with the longest message', { failures: [{ ...failure, message: '😀'.repeat(500), ms: 1e300, more: [1] }] }),
  ['no facts', { facts: {}, failures: [], schemas: {} }, { facts: {}, failures: [] }],
  ['64 levels', last(`"x":${'['.repeat(63)}${']'.repeat(63)}`), {}],
  ['a report of 64 KiB', (valid) => valid.replace('"last":0', () => `"last":"${'x'.repeat(limits.reportBytes - valid.length - 1)}"`), {}],
  ['spaces around everything', (valid) => `\r\n\t ${valid.replaceAll(':', ' : ').replaceAll(',', '\t,\n')} \n`, { hostname: 'HOSTNAME' }]
]

const json = 'application/json'
const good = JSON.stringify(nineOf('good'))

function inBatch (body: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from('['), Buffer.from(body), Buffer.from(`,${good}]`)])
}

function assertError (t: ExecutionContext, body: any, code: string, paths?: readonly string[]): void {
  t.is(body.code, code)
  t.regex(body.error, /\w+ \w+/)
  if (paths !== undefined) t.deepEqual([...new Set(body.details.map(({ path }: { path: string }) => path))].sort(), [...paths].sort())
}

for (const [what, body, ...paths] of refused) {
  test(`400: ${what}, and the rest of its batch is taken`, async (t) => {
    const sent = bodyOf(`400: ${what}`, body)
    const alone = await ask(t, async ({ post }) => await post('/api/machines', sent))
    t.is(alone.status, 400, JSON.stringify(alone.body))
    assertError(t, alone.body, 'TATUSCAN_INVALID_REQUEST', paths)
    const batch = await ask(t, async ({ post }) => await post('/api/reports', inBatch(sent)))
    t.is(batch.status, 200, JSON.stringify(batch.body))
    t.deepEqual(batch.body.results.map(({ status }: Answer) => status), [400, batch.body.results[1].status])
    t.regex(String(batch.body.results[1].status), /^20[01]$/)
    t.deepEqual(batch.body.results[0].error, alone.body)
  })
}

for (const [what, body] of unreadable) {
  test(`400: ${what}, and so is a batch that holds it`, async (t) => {
    const sent = bodyOf(`400: ${what}`, body)
    for (const [path, bytes] of [['/api/machines', sent], ['/api/reports', sent], ['/api/reports', inBatch(sent)]] as const) {
      const { status, body } = await ask(t, async ({ post }) => await post(path, bytes))
      t.is(status, 400, JSON.stringify(body))
      assertError(t, body, 'TATUSCAN_INVALID_REQUEST', [''])
    }
  })
}

for (const [what, body, kept] of taken) {
  test(`201: ${what}, and it reads as it was sent`, async (t) => {
    const { machine_id: id } = nineOf(what.includes('upper') ? 'in upper case' : `201: ${what}`)
    const sent = bodyOf(`201: ${what}`, body)
    const alone = await ask(t, async ({ post }) => await post('/api/machines', sent))
    t.is(alone.status, 201, JSON.stringify(alone.body))
    const read = await ask(t, async ({ get }) => await get(`/api/machines/${id}`))
    t.is(read.status, 200)
    for (const [field, value] of Object.entries(kept)) t.deepEqual(read.body[field], value, field)
    const batch = await ask(t, async ({ post }) => await post('/api/reports', inBatch(sent)))
    t.is(batch.body.results[0].status, 200, JSON.stringify(batch.body.results[0]))
    const again = await ask(t, async ({ get }) => await get(`/api/machines/${id}`))
    t.deepEqual({ ...again.body, ...times(read.body) }, read.body)
  })
}

function times ({ updated_at, last_seen, clock_offset_s, status }: Record<string, unknown>): object {
  return { updated_at, last_seen, status, ...clock_offset_s !== undefined && { clock_offset_s } }
}

test('413: a report over 64 KiB, alone and in a batch, and a batch over 4 MiB', async (t) => {
  const large = bodyOf('413', (valid) => valid.replace('"last":0', () => `"last":"${'x'.repeat(limits.reportBytes - valid.length)}"`))
  const alone = await ask(t, async ({ post }) => await post('/api/machines', large))
  t.is(alone.status, 413)
  assertError(t, alone.body, 'TATUSCAN_TOO_LARGE')
  const batch = await ask(t, async ({ post }) => await post('/api/reports', inBatch(large)))
  t.is(batch.body.results[0].status, 413)
  assertError(t, batch.body.results[0].error, 'TATUSCAN_TOO_LARGE')
  t.true(batch.body.results[1].status < 300)
  const spaces = await ask(t, async ({ post }) => await post('/api/reports', inBatch(`${' '.repeat(limits.reportBytes)}${good}`)))
  t.is(spaces.body.results[0].status, 413, 'as it is on the wire')
  const whole = await ask(t, async ({ post }) => await post('/api/reports', `[${good}${' '.repeat(limits.batchBytes)}]`))
  t.is(whole.status, 413)
  assertError(t, whole.body, 'TATUSCAN_TOO_LARGE')
})

test('400: a batch that is no list, or longer than 500', async (t) => {
  for (const body of ['{}', 'null', '5', '"x"', good, `[${Array(501).fill(good).join()}]`, `[${Array(100_000).fill('1').join()}]`]) {
    const { status, body: { code, details } } = await ask(t, async ({ post }) => await post('/api/reports', body))
    t.is(status, 400, body.slice(0, 50))
    t.is(code, 'TATUSCAN_INVALID_REQUEST')
    t.is(details[0].path, '')
  }
  const { status, body } = await ask(t, async ({ post }) => await post('/api/reports', `[${Array(500).fill(good).join()}]`))
  t.is(status, 200)
  t.is(body.results.length, 500)
  t.deepEqual((await ask(t, async ({ post }) => await post('/api/reports', ' [ ] '))).body, { results: [] })
})

for (const [what, headers, status] of [
  ['no type', {}, 415], ['text', { 'content-type': 'text/plain' }, 415], ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415], ['parts', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
  ['another JSON type', { 'content-type': 'application/problem+json' }, 415], ['text/json', { 'content-type': 'text/json' }, 415], ['two types', { 'content-type': `${json}, text/plain` }, 415], ['nonsense', { 'content-type': '///' }, 415],
  ['UTF-16', { 'content-type': `${json}; charset=utf-16` }, 415], ['Latin-1', { 'content-type': `${json}; charset="iso-8859-1"` }, 415],
  ['gzip', { 'content-type': json, 'content-encoding': 'gzip' }, 415], ['brotli', { 'content-type': json, 'content-encoding': 'br' }, 415], ['gzip twice', { 'content-type': json, 'content-encoding': 'gzip, gzip' }, 415], ['nonsense as encoding', { 'content-type': json, 'content-encoding': 'x' }, 415],
  ['UTF-8', { 'content-type': `${json}; charset=utf-8` }, 200], ['UTF-8 in quotes', { 'content-type': `${json};charset="UTF-8"` }, 200], ['capitals', { 'content-type': 'Application/JSON' }, 200], ['another parameter', { 'content-type': `${json}; x=y` }, 200],
  ['no encoding, said', { 'content-type': json, 'content-encoding': 'identity' }, 200]
] as const) {
  test(`${status}: a body that is said to be ${what}`, async (t) => {
    for (const [path, body] of [['/api/machines', good], ['/api/reports', `[${good}]`]] as const) {
      const answer = await ask(t, async ({ post }) => {
        const answer = await post(path, body, headers)
        return { ...answer, status: answer.status === 201 ? 200 : answer.status, ...answer.status < 300 && { body: {} } } // whoever is first creates it
      })
      t.is(answer.status, status, JSON.stringify(answer.body))
      if (status === 415) assertError(t, answer.body, 'TATUSCAN_UNSUPPORTED_MEDIA_TYPE')
    }
  })
}

test('newer replaces; the same or an older one changes nothing; the same id with another body is 422; within a batch too', async (t) => {
  const report = (sequence: number, changes: object = {}) => ({ ...nineOf('order'), report_id: `00000000-0000-7000-8000-00000000000${sequence}`, cpu_percent: sequence, ...changes })
  const sent = [
    report(5), report(5), report(3), report(5, { cpu_percent: 50 }), report(3, { cpu_percent: 30 }), report(6), report(6, { unknown: 1 }), report(6, { schemas: { gpu: {} } })
  ]
  const statuses = [201, 200, 200, 422, 200, 200, 422, 200] as const
  for (const [index, body] of sent.entries()) {
    const answer = await ask(t, async ({ post }) => await post('/api/machines', JSON.stringify(body)))
    t.is(answer.status, statuses[index]!, String(index))
    if (answer.status !== 422) t.is(answer.body.newest_report_id, report(index < 5 ? 5 : 6).report_id)
    else assertError(t, answer.body, 'TATUSCAN_REPORT_CONFLICT', ['/report_id'])
  }
  const others = sent.map((body) => ({ ...body, machine_id: nineOf('order in a batch').machine_id }))
  const batch = await ask(t, async ({ post }) => await post('/api/reports', JSON.stringify(others)))
  t.deepEqual(batch.body.results.map(({ status }: Answer) => status), statuses)
  for (const name of ['order', 'order in a batch']) t.is((await ask(t, async ({ get }) => await get(`/api/machines/${nineOf(name).machine_id}`))).body.cpu_percent, 6)
})

test.after('nothing that was refused left anything behind', async (t) => {
  const { body: { items } } = await ask(t, async ({ get }) => await get('/api/machines?include=facts,failures'))
  const expected = [...taken.map(([what]) => what.includes('upper') ? 'in upper case' : `201: ${what}`), 'good', 'order', 'order in a batch']
  const ids = new Set(expected.map((name) => nineOf(name).machine_id))
  t.deepEqual(items.filter(({ machine_id: id }: { machine_id: string }) => !ids.has(id)), [])
})
