import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createGunzip, gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import { collectReport, originalFields, type OriginalReport } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { storage } from '@tatuscan/server-storage'
import { ingest } from '../src/index.ts'

async function serve (t: ExecutionContext, options = {}): Promise<FastifyInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-ingest-'))
  const app = Fastify()
  await app.register(storage, { url: `sqlite:${join(folder, 'test.db')}` })
  await app.register(ingest, options)
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  return app
}

function post (payload: unknown, url = '/api/machines'): InjectOptions {
  return { method: 'POST', url, payload: payload as object, headers: { 'content-type': 'application/json' } }
}

function nine (): OriginalReport {
  const report = sampleReport()
  return Object.fromEntries(originalFields.map((field) => [field, report[field]])) as unknown as OriginalReport
}

test('the original client’s request, sent as it is, is answered 201 and then 200', async (t) => {
  const app = await serve(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const recorded = await readFile(new URL('fixtures/original-client-post.http', import.meta.url))
  const send = async (): Promise<string> => {
    const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1').end(recorded)
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => { answer += chunk })
    await once(socket, 'close')
    return answer
  }
  t.regex(await send(), /^HTTP\/1\.1 201 /)
  t.regex(await send(), /^HTTP\/1\.1 200 /)
  const { machines: [machine] } = await app.machines.list()
  t.like(machine, { hostname: 'vm', ip: '192.168.77.5', os_version: 'Debian GNU/Linux 12 (bookworm)', cpu_percent: 0, memory_total_mb: 24105 })
})

test('a report of a collector whose schema the server would refuse is accepted, since the agent leaves that schema out', async (t) => {
  const app = await serve(t)
  const nested = (levels: number): object => levels === 1 ? {} : { default: nested(levels - 1) }
  const schemas = {
    deepest: nested(60),
    deeper: nested(61),
    deep: nested(70),
    nul: { title: 'a\0b' },
    half: { title: '\ud800' },
    list: [],
    proto: JSON.parse('{"properties":{"__proto__":{"type":"string"}}}') as object
  }
  const os = { name: 'os', schema: {}, collect: async () => ({ hostname: 'srv-1', platform: 'linux', version: 'Debian', machine_id: 'abc' }) }
  const report = await collectReport({ collectors: [os, ...Object.entries(schemas).map(([name, schema]) => ({ name, schema, collect: async () => ({}) }))] })
  t.deepEqual(Object.keys(report.schemas), ['os', 'deepest'])
  t.deepEqual(Object.keys(report.facts), ['os', ...Object.keys(schemas)])
  t.deepEqual(report.failures.map(({ collector, code }) => [collector, code]), [
    ['deeper', 'TATUSCAN_SCHEMA_TOO_LARGE'], ['deep', 'TATUSCAN_SCHEMA_TOO_LARGE'],
    ...['nul', 'half', 'list', 'proto'].map((name) => [name, 'TATUSCAN_FACTS_INVALID'])
  ])
  const { statusCode, body } = await app.inject(post(report))
  t.is(statusCode, 201, body)
})

test('the nine fields alone are a full citizen', async (t) => {
  const app = await serve(t)
  const report = nine()
  const created = await app.inject(post(report))
  t.is(created.statusCode, 201)
  const { timestamp: _, ...told } = report
  t.like(created.json().item, { ...told, status: 'online', updated_at: null, agent_version: null })
  t.is(created.json().newest_report_id, null)
  const again = await app.inject(post({ ...report, cpu_percent: 99 }))
  t.is(again.statusCode, 200)
  t.is(again.json().item.cpu_percent, 99)
})

test('a machine_id in upper case is that of the machine in lower case', async (t) => {
  const app = await serve(t)
  const report = nine()
  await app.inject(post(report))
  const { statusCode, body } = await app.inject(post({ ...report, machine_id: report.machine_id.toUpperCase() }))
  t.is(statusCode, 200)
  t.is(JSON.parse(body).item.machine_id, report.machine_id)
})

test('times are answered with the offset of the time zone', async (t) => {
  const app = await serve(t, { timeZone: 'America/Cuiaba' })
  const { item } = (await app.inject(post(nine()))).json()
  t.regex(item.created_at, /-04:00$/)
  t.true(Math.abs(Date.parse(item.created_at) - Date.now()) < 60_000)
})

test('what is unknown may be null where the design says so, and stays null', async (t) => {
  const app = await serve(t)
  const unknown = { ip: null, os_version: null, cpu_percent: null, memory_total_mb: null, memory_used_mb: null }
  const { statusCode, body } = await app.inject(post({ ...nine(), ...unknown }))
  t.is(statusCode, 201)
  t.like(JSON.parse(body).item, unknown)
})

for (const [what, change, path] of [
  ['a missing hostname', { hostname: undefined }, '/hostname'],
  ['a missing ip', { ip: undefined }, '/ip'],
  ['an empty hostname', { hostname: '' }, '/hostname'],
  ['a null os', { os: null }, '/os'],
  ['a machine_id that is no 64 hex digits', { machine_id: 'abc' }, '/machine_id'],
  ['a machine_id that is a number', { machine_id: 5 }, '/machine_id'],
  ['a number as text', { cpu_percent: '5' }, '/cpu_percent'],
  ['a number as a boolean', { memory_total_mb: true }, '/memory_total_mb'],
  ['a text as a list', { hostname: ['h'] }, '/hostname'],
  ['a negative memory', { memory_total_mb: -1 }, '/memory_total_mb'],
  ['half a MiB', { memory_used_mb: 0.5 }, '/memory_used_mb'],
  ['more memory than a number holds', { memory_total_mb: 2 ** 60 }, '/memory_total_mb'],
  ['a CPU above 100 %', { cpu_percent: 100.5 }, '/cpu_percent'],
  ['a CPU of -5e300', { cpu_percent: -5e300 }, '/cpu_percent'],
  ['NUL in a text', { hostname: 'a\0b' }, '/hostname'],
  ['facts that are a list', { facts: [] }, '/facts'],
  ['failures that are an object', { failures: {} }, '/failures'],
  ['a report_id that is no UUIDv7', { report_id: 'x' }, '/report_id'],
  ['an activation that is no date', { computer_activation: '31/02/2020' }, '/computer_activation']
] as const) {
  test(`${what} is refused with 400, its path named, and nothing stored`, async (t) => {
    const app = await serve(t)
    const answer = await app.inject(post({ ...nine(), ...change }))
    t.is(answer.statusCode, 400)
    const { error, code, details } = answer.json()
    t.is(code, 'TATUSCAN_INVALID_REQUEST')
    t.true(error.length > 0)
    t.true(details.some((detail: { path: string }) => detail.path === path), JSON.stringify(details))
    t.is((await app.machines.list()).count, 0)
  })
}

test('a body that is no JSON, no object, or no JSON type is refused', async (t) => {
  const app = await serve(t)
  for (const [payload, type, status] of [
    ['{', 'application/json', 400], ['', 'application/json', 400], ['[]', 'application/json', 400], ['null', 'application/json', 400],
    ['{"__proto__":{}}', 'application/json', 400], ['a=b', 'application/x-www-form-urlencoded', 415], ['{}', 'text/plain', 415],
    [JSON.stringify({ ...nine(), padding: 'x'.repeat(65_536) }), 'application/json', 413]
  ] as const) {
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/api/machines', payload, headers: { 'content-type': type } })
    t.is(statusCode, status, payload.slice(0, 40))
    t.regex(JSON.parse(body).error, /\w+ \w+/)
    t.regex(JSON.parse(body).code, /^TATUSCAN_/)
  }
})

const deep = (levels: number) => Array.from({ length: levels - 1 }).reduce<object>((inner) => ({ a: inner }), {})
for (const [what, body, status, path] of [
  ['10,000 levels', `{"facts":{"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}}`, 400, ''],
  ['31,000 lists in an unknown field', `{"x":${'['.repeat(31_000)}${']'.repeat(31_000)}}`, 400, ''],
  ['17 levels of facts', { ...nine(), facts: { deep: deep(17) } }, 400, '/facts/deep' + '/a'.repeat(16)],
  ['501 keys', { ...nine(), facts: { wide: Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`k${n}`, 1])) } }, 400, '/facts/wide'],
  ['more than 32 KiB of facts', { ...nine(), facts: { large: { text: 'x'.repeat(32_768) } } }, 400, '/facts/large'],
  ['more than 32 KiB of facts, most of it keys', { ...nine(), facts: { wordy: Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${n}`.padEnd(100, 'k'), 1])) } }, 400, '/facts/wordy'],
  ['more than 16 KiB of schema', { ...nine(), schemas: { large: { type: 'object', description: 'x'.repeat(16_384) } } }, 400, '/schemas/large'],
  ['a name that no collector has', { ...nine(), facts: { 'UPPER CASE ../': {} } }, 400, '/facts/UPPER CASE ..~1'],
  ['a lone surrogate', '{"hostname":"\\ud800"}', 400, '/hostname'],
  ['NUL deep in facts', '{"facts":{"a":{"b":["\\u0000"]}}}', 400, '/facts/a/b/0'],
  ['a key twice', '{"hostname":"a","hostname":"b"}', 400, '/hostname'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, '']
] as const) {
  test(`${what} is refused, and its place named`, async (t) => {
    const app = await serve(t)
    const answer = await app.inject(post(body))
    t.is(answer.statusCode, status, answer.body)
    t.is(answer.json().details[0].path, path)
    t.is((await app.machines.list()).count, 0)
  })
}

test('facts at their limits are taken', async (t) => {
  const app = await serve(t)
  const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, 1]))
  t.is((await app.inject(post({ ...nine(), facts: { deep: deep(16), wide, large: { text: 'x'.repeat(32_768 - '{"text":""}'.length) } } }))).statusCode, 201)
})

test('a body that is compressed, or in another character set, is 415, whatever its size', async (t) => {
  const app = await serve(t)
  for (const headers of [{ 'content-encoding': 'gzip' }, { 'content-type': 'application/json; charset=utf-16' }]) {
    for (const request of [post(nine()), post({ ...nine(), more: 'x'.repeat(70_000) })]) {
      const { statusCode, body } = await app.inject({ ...request, headers: { ...request.headers as object, ...headers } })
      t.is(statusCode, 415)
      t.like(JSON.parse(body), { code: 'TATUSCAN_UNSUPPORTED_MEDIA_TYPE' })
    }
  }
  t.is((await app.inject({ ...post(nine()), headers: { 'content-type': 'application/json; charset=UTF-8' } })).statusCode, 201)
})

test('a body that is refused is read to its end, so that its client gets the answer; one without end is not', async (t) => {
  const app = await serve(t)
  await app.listen({ port: 0, host: '127.0.0.1' })

  /** Sends a body, and reads only when all of it is sent, as simple clients do. */
  async function send (headers: string, pieces: Iterable<string>): Promise<string | undefined> {
    const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1').setEncoding('utf8').on('error', () => {})
    const write = async (text: string) => await new Promise<void>((resolve) => socket.write(text, () => resolve()))
    await write(`POST /api/machines HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n\r\n`)
    for (const piece of pieces) {
      await write(piece)
      if (socket.destroyed) return undefined
    }
    let text = ''
    socket.on('data', (chunk) => { text += chunk })
    await new Promise((resolve) => socket.on('close', resolve))
    return /^HTTP\/1\.1 (\d+)/.exec(text)?.[1]
  }

  const large = Array<string>(80).fill('x'.repeat(100_000))
  const chunks = [...large.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`), '0\r\n\r\n']
  t.is(await send('content-type: application/json\r\ncontent-length: 8000000', large), '413')
  t.is(await send('content-type: application/json\r\ntransfer-encoding: chunked', chunks), '413')
  t.is(await send('content-type: text/plain\r\ncontent-length: 8000000', large), '415')
  const endless = function * () { for (;;) yield large[0]! }
  t.is(await send('content-type: application/json\r\ncontent-length: 100000000000', endless()), undefined)
  t.is(await send('content-type: application/json\r\ncontent-length: 100000000000', []), '413')
})

test('a body is taken however it comes: at once, byte by byte, in chunks, and with the next behind it', async (t) => {
  const app = await serve(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const head = (...lines: readonly string[]) => ['POST /api/machines HTTP/1.1', 'host: x', 'content-type: application/json', ...lines, '', ''].join('\r\n')
  const body = JSON.stringify({ ...nine(), hostname: 'é'.repeat(50) })
  const length = `content-length: ${Buffer.byteLength(body)}`
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
  const [start, end] = [body.slice(0, 20), body.slice(20)]
  const whole = [head(length), body]
  const ways: Record<string, readonly (string | Buffer)[]> = {
    'in one packet': [whole.join('')],
    'head and body': whole,
    'byte by byte': [head(length), ...Array.from(Buffer.from(body), (byte) => Buffer.of(byte))],
    'in chunks': [head('transfer-encoding: chunked'), chunk(start), chunk(end), '0\r\n\r\n'],
    'in chunks, one packet': [head('transfer-encoding: chunked') + chunk(start) + chunk(end) + '0\r\n\r\n'],
    'two requests in one packet': [whole.join('') + whole.join('')]
  }
  for (const [way, packets] of Object.entries(ways)) {
    const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1').setNoDelay().setEncoding('utf8')
    let answers = ''
    socket.on('data', (text) => { answers += text })
    for (const packet of packets) await new Promise((resolve) => { socket.write(packet, () => setImmediate(resolve)) })
    const expected = way.startsWith('two') ? 2 : 1
    while (answers.split('"newest_report_id"').length - 1 < expected) await once(socket, 'data')
    t.is(answers.match(/HTTP\/1\.1 20[01] /g)!.length, expected, way)
    t.true(answers.includes(`"hostname":"${'é'.repeat(50)}"`), way)
    socket.destroy()
  }
})

test('a host’s own stream in place of a body is read to its end', async (t) => {
  const app = await serve(t)
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.headers['content-encoding'] === undefined) return Object.assign(Readable.from([await text(payload), 'more']), { receivedEncodedLength: Number(request.headers['content-length']) })
    delete request.headers['content-encoding']
    const unpacked = Object.assign(createGunzip(), { receivedEncodedLength: 0 })
    payload.on('data', (chunk: Buffer) => { unpacked.receivedEncodedLength += chunk.length })
    return payload.pipe(unpacked)
  })
  const send = async (payload: Buffer, headers = {}) => await app.inject({ method: 'POST', url: '/api/machines', payload, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', ...headers } })
  t.is((await send(gzipSync(JSON.stringify(nine())))).statusCode, 201)
  t.is((await send(gzipSync(`${JSON.stringify(nine())}${' '.repeat(70_000)}`))).statusCode, 413)
  t.regex((await app.inject(post(nine()))).json().error, /is no JSON/)
})

test('a body of another length than was announced is refused', async (t) => {
  const app = await serve(t)
  const body = JSON.stringify(nine())
  for (const [length, status] of [[body.length, 201], [body.length + 1, 400], [body.length - 1, 400]] as const) {
    const { statusCode } = await app.inject({ method: 'POST', url: '/api/machines', payload: body, headers: { 'content-type': 'application/json', 'content-length': length } })
    t.is(statusCode, status, `${length} bytes`)
  }
})

test('a client that goes away half-way through its body changes nothing', async (t) => {
  const app = await serve(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const body = JSON.stringify(nine())
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1')
  socket.write(`POST /api/machines HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length + 1}\r\n\r\n${body}`)
  const [request] = await once(app.server, 'request') as [IncomingMessage]
  const closed = new Promise((resolve) => request.on('close', resolve))
  socket.destroy()
  await closed
  t.is((await app.inject(post(nine()))).statusCode, 201)
  t.is((await app.machines.list()).count, 1)
})

test('facts, failures and schemas of a collector that nobody knows are kept', async (t) => {
  const app = await serve(t)
  const report = sampleReport({
    facts: { gpu: { model: 'Voodoo 2' } },
    failures: [{ collector: 'printer', code: 'TATUSCAN_COLLECTOR_FAILED', message: 'out of paper', ms: 3 }],
    schemas: { gpu: { type: 'object', properties: { model: { type: 'string', title: 'Model' } } } }
  })
  await app.inject(post(report))
  const { facts, failures } = (await app.machines.find(report.machine_id))!
  t.deepEqual(facts, report.facts)
  t.deepEqual(failures, report.failures)
  t.like((await app.machines.collectors())[0], { name: 'gpu', schema: report.schemas.gpu })
})

test('a report that comes again changes nothing; an older one neither; the same id with another body is 422', async (t) => {
  const app = await serve(t)
  const older = sampleReport({ hostname: 'srv' })
  const newer = sampleReport({ hostname: 'srv', cpu_percent: 50 })
  const statuses = []
  for (const report of [newer, newer, older, { ...newer, cpu_percent: 1 }]) statuses.push((await app.inject(post(report))).statusCode)
  t.deepEqual(statuses, [201, 200, 200, 422])
  t.like(await app.machines.find(newer.machine_id), { cpu_percent: 50, updated_at: null })
  t.is((await app.inject(post(older))).json().newest_report_id, newer.report_id)
})

test('a batch is answered in order, each report accepted or refused alone', async (t) => {
  const app = await serve(t)
  const [good, alsoGood] = [sampleReport(), sampleReport()]
  const answer = await app.inject(post([good, { ...good, hostname: '' }, null, alsoGood, good], '/api/reports'))
  t.is(answer.statusCode, 200)
  t.deepEqual(answer.json().results.map(({ status }: { status: number }) => status), [201, 400, 400, 201, 200])
  t.deepEqual(answer.json().results.map(({ report_id }: { report_id: string | null }) => report_id), [good.report_id, good.report_id, null, alsoGood.report_id, good.report_id])
  t.is((await app.machines.list()).count, 2)
})

test('it mounts under a prefix, and leaves the host’s validator and error handler as they were', async (t) => {
  const app = await serve(t, { prefix: '/fleet' })
  app.post('/own', { schema: { body: { type: 'object', properties: { n: { type: 'number' } } } } }, async (request) => request.body)
  t.is((await app.inject(post(nine(), '/fleet/api/machines'))).statusCode, 201)
  t.is((await app.inject(post(nine()))).statusCode, 404)
  t.deepEqual((await app.inject(post({ n: '5' }, '/own'))).json(), { n: 5 })
})

test('a host’s own serializers have no say over its answers', async (t) => {
  const app = Fastify()
  t.teardown(async () => await app.close())
  app.setSerializerCompiler(() => { throw new Error('not a schema of mine') })
  app.setReplySerializer((payload) => JSON.stringify({ host: payload }))
  app.decorate('machines', (await serve(t)).machines)
  await app.register(ingest)
  const answer = await app.inject(post(nine()))
  t.is(answer.statusCode, 201)
  t.deepEqual(Object.keys(answer.json()), ['message', 'item', 'newest_report_id'])
  t.deepEqual(Object.keys((await app.inject(post({}))).json()), ['error', 'code', 'details'])
})

test('without app.machines it says at the start what is missing', async (t) => {
  const app = Fastify()
  await t.throwsAsync(async () => { await app.register(ingest) }, { any: true, message: /'machines' required by '@tatuscan\/server-ingest'/ })
})

test('whether a report came without a key is not for its body to say', async (t) => {
  const app = await serve(t)
  for (const url of ['/api/machines', '/api/reports']) {
    const body = { ...nine(), unverified: true }
    t.is((await app.inject(post(url === '/api/machines' ? body : [body], url))).statusCode, url === '/api/machines' ? 201 : 200)
    t.is((await app.machines.find(body.machine_id))?.unverified, false)
  }
})
