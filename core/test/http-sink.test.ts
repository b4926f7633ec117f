import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { agentVersion, DeliveryError, limits, originalFields, type Report } from '../src/index.ts'
import { httpSink } from '../src/sinks/index.ts'
import { sampleReport, testSink } from '../src/testing/index.ts'

interface Seen { readonly url: string, readonly headers: IncomingHttpHeaders, readonly body: any }
type Respond = (request: Seen) => { status: number, body?: unknown, headers?: Record<string, string> } | undefined

/** A server of the test's own; what it answers can be changed. `undefined` leaves the request without an answer. */
async function listen (respond: Respond): Promise<{ url: string, seen: Seen[], server: Server, respond: Respond }> {
  const fixture = { url: '', seen: [] as Seen[], respond, server: createServer() }
  fixture.server.on('request', async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const seen = { url: request.url!, headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) }
    fixture.seen.push(seen)
    const answer = fixture.respond(seen)
    if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body ?? {}))
  })
  fixture.server.listen(0, '127.0.0.1')
  await once(fixture.server, 'listening')
  fixture.url = `http://127.0.0.1:${(fixture.server.address() as { port: number }).port}`
  return fixture
}

const modern: Respond = ({ url, body }) => url.endsWith('/api/reports')
  ? { status: 200, body: { results: body.map(({ report_id }: Report) => ({ report_id, status: 201 })) } }
  : { status: 201 }
const original: Respond = ({ url, body }) => {
  if (url !== '/api/machines') return { status: 404 }
  const usable = typeof body.ip === 'string' && typeof body.cpu_percent === 'number' && typeof body.memory_total_mb === 'number'
  return usable ? { status: 201 } : { status: 500, body: { error: "float() argument must be a string or a real number, not 'NoneType'" } }
}

async function open (t: ExecutionContext, respond: Respond, options = {}) {
  const fixture = await listen(respond)
  const sink = httpSink({ url: fixture.url, ...options })
  t.teardown(async () => {
    await sink.close?.()
    fixture.server.closeAllConnections()
    fixture.server.close()
  })
  const write = async (...reports: Report[]) => await sink.write(reports, { signal: AbortSignal.timeout(10_000) })
  const posted = () => fixture.seen.flatMap(({ body }) => body)
  return { ...fixture, fixture, sink, write, posted }
}

testSink(test, 'http', async () => {
  const fixture = await listen(modern)
  return {
    sink: httpSink({ url: fixture.url }),
    arrived: async () => fixture.seen.flatMap(({ body }) => body),
    breakDestination: async () => { fixture.respond = () => ({ status: 500 }) },
    end: async () => {
      fixture.server.closeAllConnections()
      fixture.server.close()
    }
  }
})

test('it posts the whole report to /api/machines below the URL’s path, and says who it is', async (t) => {
  const { url, seen } = await open(t, modern)
  const sink = httpSink({ url: `${url}/fleet`, token: 'secret' })
  const report = sampleReport()
  await sink.write([report], { signal: AbortSignal.timeout(5000) })
  await sink.close?.()
  const { url: path, headers, body } = seen.at(-1)!
  t.is(path, '/fleet/api/machines')
  t.deepEqual(body, report)
  t.is(headers['user-agent'], `TatuScan/${agentVersion} (${process.platform === 'win32' ? 'windows' : process.platform})`)
  t.is(headers['content-type'], 'application/json')
  t.is(headers.authorization, 'Bearer secret')
})

test('a schema goes along with the first report, not with the next, and again once it changes', async (t) => {
  const { write, posted } = await open(t, modern)
  const changed = { sample: { type: 'object', title: 'Changed' } }
  await write(sampleReport(), sampleReport(), sampleReport({ schemas: changed }), sampleReport({ schemas: changed }))
  t.deepEqual(posted().map(({ schemas }) => schemas?.sample.title), ['Sample', undefined, 'Changed', undefined])
})

test('a schema that was not accepted goes along again', async (t) => {
  const { fixture, write, posted } = await open(t, modern)
  fixture.respond = (request) => request.url.endsWith('/api/machines') ? { status: 503 } : modern(request)
  await t.throwsAsync(write(sampleReport()))
  fixture.respond = modern
  await write(sampleReport())
  t.deepEqual(posted().map(({ schemas }) => schemas?.sample.title), ['Sample', 'Sample'])
})

test('schemas never make a report larger than its limit; those that found no room come later', async (t) => {
  const { write, posted } = await open(t, modern)
  const schema = { type: 'object', description: 'x'.repeat(15_000) }
  const large = (): Report => sampleReport({ facts: { a: { text: 'x'.repeat(30_000) } }, schemas: { a: schema, b: schema, c: schema } })
  await write(large(), large())
  t.deepEqual(posted().map(({ schemas }) => Object.keys(schemas)), [['a', 'b'], ['c']])
  for (const body of posted()) t.true(Buffer.byteLength(JSON.stringify(body)) <= limits.reportBytes)
})

test('to the original’s server it sends the nine fields alone, unknown as empty text and zero', async (t) => {
  const { write, seen } = await open(t, original)
  const reports = [sampleReport({ hostname: 'a', ip: null, os_version: null, cpu_percent: null, memory_total_mb: null, memory_used_mb: null }), sampleReport({ hostname: 'b' })] as const
  await write(...reports)
  await write(sampleReport({ hostname: 'c' }))
  const machines = seen.filter(({ url }) => url === '/api/machines').map(({ body }) => body)
  t.deepEqual(machines.map(({ hostname }) => hostname), ['a', 'b', 'c'])
  for (const body of machines) t.deepEqual(Object.keys(body), [...originalFields])
  t.is(seen.filter(({ url }) => url === '/api/reports').length, 1, 'it is asked once')
  t.like(machines[0], { hostname: 'a', ip: '', os_version: '', cpu_percent: 0, memory_total_mb: 0, memory_used_mb: 0 })
})

test('a server that is replaced while the agent runs is noticed after the first failure', async (t) => {
  const { fixture, write, posted } = await open(t, original)
  await write(sampleReport())
  fixture.respond = () => ({ status: 502 })
  await t.throwsAsync(write(sampleReport()))
  fixture.respond = modern
  await write(sampleReport())
  t.is(posted().at(-1).facts.sample.answer, 42)
})

test('refusals that can’t be mended are final, everything else may be tried again', async (t) => {
  const { fixture, write } = await open(t, modern)
  const final = [400, 413, 422]
  for (const status of [...final, 401, 403, 404, 408, 415, 429, 500, 503]) {
    fixture.respond = (request) => request.url.endsWith('/api/machines') ? { status, body: { error: 'no', details: [{ path: '/ip', message: 'is odd' }] } } : modern(request)
    const error = await t.throwsAsync(write(sampleReport()), { instanceOf: DeliveryError })
    t.is((error as DeliveryError).retryable, !final.includes(status), String(status))
    t.regex(error!.message, new RegExp(`answered ${status}: no; /ip is odd`))
  }
})

test('the wait that a server asks for is told, in seconds or as a date', async (t) => {
  const { fixture, write } = await open(t, modern)
  for (const retryAfter of ['600', new Date(Date.now() + 600_000).toUTCString()]) {
    fixture.respond = () => ({ status: 503, headers: { 'retry-after': retryAfter } })
    const { retryAfterMs } = (await t.throwsAsync(write(sampleReport()), { instanceOf: DeliveryError })) as DeliveryError
    t.true(retryAfterMs! > 500_000 && retryAfterMs! <= 600_000, retryAfter)
  }
})

test('a redirect is not followed, and the error says where it pointed to', async (t) => {
  const elsewhere = await open(t, modern)
  const { write } = await open(t, () => ({ status: 307, headers: { location: `${elsewhere.url}/api/machines` } }))
  const error = await t.throwsAsync(write(sampleReport()), { instanceOf: DeliveryError, message: /answered 307, a redirect to .*, which is not followed/ })
  t.true(error!.message.includes(`${elsewhere.url}/api/machines`))
  t.true((error as DeliveryError).retryable)
  t.is(elsewhere.seen.length, 0)
})

test('a server that never answers is given up on, and may be tried again', async (t) => {
  const { write } = await open(t, () => undefined, { timeoutMs: 100 })
  const error = await t.throwsAsync(write(sampleReport()), { instanceOf: DeliveryError, message: /no answer within 100 ms/ })
  t.true((error as DeliveryError).retryable)
})

test('a server that is down is an error that names it, and may be tried again', async (t) => {
  const sink = httpSink({ url: 'http://127.0.0.1:1' })
  const error = await t.throwsAsync(sink.write([sampleReport()], { signal: AbortSignal.timeout(5000) }), { instanceOf: DeliveryError, message: /127\.0\.0\.1:1.*ECONNREFUSED/ })
  t.true((error as DeliveryError).retryable)
})

test('a password in the URL is in no message', async (t) => {
  const sink = httpSink({ url: 'http://ana:secret@127.0.0.1:1/x' })
  const error = await t.throwsAsync(sink.write([sampleReport()], { signal: AbortSignal.timeout(5000) }), { message: /http:\/\/127\.0\.0\.1:1\/x/ })
  t.false(error!.message.includes('secret') || error!.message.includes('ana'))
})

test('a token that stands alone in the URL is in no message, whatever the server answers', async (t) => {
  const { url } = await open(t, () => ({ status: 400, body: { error: 'who is a-token-of-mine?' } }))
  const sink = httpSink({ url: url.replace('//', '//a-token-of-mine@') })
  await t.throwsAsync(sink.write([sampleReport()], { signal: AbortSignal.timeout(5000) }), { message: /answered 400.*who is \*\*\*\?/ })
})

test('the user’s name in the URL takes nothing else out of a message', async (t) => {
  const sink = httpSink({ url: 'http://u:secret@127.0.0.1:1/x' })
  await t.throwsAsync(sink.write([sampleReport()], { signal: AbortSignal.timeout(5000) }), { message: /^http:\/\/127\.0\.0\.1:1\/x\S* could not be reached: connect ECONNREFUSED/ })
})

test('an aborted signal ends a write that hangs, with its reason', async (t) => {
  const { sink } = await open(t, () => undefined)
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('stop')), 50)
  await t.throwsAsync(sink.write([sampleReport()], { signal: controller.signal }), { message: 'stop' })
})

test('a URL that is none is refused when the sink is made', (t) => {
  for (const url of ['', 'server:8040', 'ftp://server', 'htp://x', '/api']) {
    t.throws(() => httpSink({ url }), { code: 'TATUSCAN_INVALID_OPTION', message: /http:\/\// }, url)
  }
})

const resultsOf = (body: Report[], statusOf: (index: number) => object) => {
  return { status: 200, body: { results: body.map(({ report_id }, index) => ({ report_id, ...statusOf(index) })) } }
}

test('several reports go in one request to /api/reports, in order, and their schemas once', async (t) => {
  const { write, seen } = await open(t, modern)
  const reports = Array.from({ length: 30 }, () => sampleReport())
  await write(...reports)
  t.deepEqual(seen.map(({ url }) => url), ['/api/reports'])
  t.deepEqual(seen[0]!.body.map(({ hostname }: Report) => hostname), reports.map(({ hostname }) => hostname))
  t.is(seen[0]!.body.filter(({ schemas }: Report) => schemas !== undefined).length, 1)
})

test('no request holds more than 500 reports or 4 MiB', async (t) => {
  const { write, seen, posted } = await open(t, modern)
  const many = Array.from({ length: 1201 }, () => sampleReport())
  const large = Array.from({ length: 100 }, () => sampleReport({ facts: { a: { text: 'x'.repeat(31_000) }, b: { text: 'é'.repeat(15_000) } } }))
  await write(...many, ...large)
  t.deepEqual(posted().map(({ report_id }) => report_id), [...many, ...large].map(({ report_id }) => report_id))
  for (const { body } of seen) {
    t.true(body.length <= limits.batchReports)
    t.true(Buffer.byteLength(JSON.stringify(body)) <= limits.batchBytes)
  }
  t.is(seen.length, 4)
})

test('of a batch the error tells which reports arrived, which were refused for good, and that the rest may be tried again', async (t) => {
  const { fixture, write } = await open(t, modern)
  const reports = Array.from({ length: 4 }, () => sampleReport())
  const statuses = [{ status: 200 }, { status: 422, error: { error: 'it came before with another body' } }, { status: 503, error: { error: 'away' } }, { status: 201 }]
  fixture.respond = ({ body }) => resultsOf(body, (index) => statuses[index]!)
  const error = await t.throwsAsync(write(...reports), { instanceOf: DeliveryError, message: /answered 503: away/ }) as DeliveryError
  t.true(error.retryable)
  t.deepEqual([...error.delivered], [reports[0]!.report_id, reports[3]!.report_id])
  t.deepEqual([...error.refused.keys()], [reports[1]!.report_id])
  t.regex(error.refused.get(reports[1]!.report_id)!, /answered 422: it came before with another body/)
})

test('a report that is refused holds up none after it', async (t) => {
  const { fixture, write } = await open(t, modern)
  const reports = Array.from({ length: 600 }, () => sampleReport())
  fixture.respond = ({ body }) => resultsOf(body, (index) => index === 1 ? { status: 400, error: { error: 'odd' } } : { status: 200 })
  const error = await t.throwsAsync(write(...reports), { instanceOf: DeliveryError }) as DeliveryError
  t.false(error.retryable)
  t.deepEqual([...error.refused.keys()], [reports[1]!.report_id, reports[501]!.report_id])
  t.is(error.delivered.size, 598)
})

test('what an answer does not name in its place is not taken for delivered', async (t) => {
  const { fixture, write } = await open(t, modern)
  const bodies: ((body: Report[]) => unknown)[] = [
    () => ({}), () => ({ results: [] }), () => 'fine', () => ({ results: [null, null] }),
    (body) => ({ results: body.toReversed().map(({ report_id }) => ({ report_id, status: 200 })) })
  ]
  for (const answer of bodies) {
    fixture.respond = ({ body }) => ({ status: 200, body: answer(body) })
    const error = await t.throwsAsync(write(sampleReport(), sampleReport()), { instanceOf: DeliveryError }) as DeliveryError
    t.true(error.retryable)
    t.is(error.delivered.size, 0)
  }
})

test('a 2xx that holds no JSON object acknowledges no report: something else is in the way', async (t) => {
  for (const respond of [modern, original]) {
    let answer: readonly [status: number, type: string | undefined, body: string]
    const server = createServer((request, response) => {
      if (request.url !== '/api/machines') return response.writeHead(respond === original ? 404 : 200).end()
      const [status, type, body] = answer
      response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const sink = httpSink({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` })
    t.teardown(async () => { await sink.close?.(); server.close() })
    const page = '<!DOCTYPE html><title>Sign in</title>'
    const answers: (typeof answer)[] = [
      [200, 'text/html; charset=utf-8', page], [200, 'Text/HTML', page], [200, 'application/xhtml+xml', page], [200, undefined, page], [200, 'text/plain', 'OK'],
      [200, 'application/json', '"garbage"'], [200, 'application/json', 'null'], [200, 'application/json', '[]'], [200, undefined, ''], [204, undefined, '']
    ]
    for (answer of answers) {
      const error = await t.throwsAsync(sink.write([sampleReport()], { signal: AbortSignal.timeout(10_000) }), { instanceOf: DeliveryError }, answer.join(' '))
      t.regex(error!.message, new RegExp(`answered ${answer[0]}, but not as a TatuScan server does: is something else in between`))
      t.true((error as DeliveryError).retryable)
    }
    answer = [200, undefined, '{"message":"ok"}']
    await t.notThrowsAsync(sink.write([sampleReport()], { signal: AbortSignal.timeout(10_000) }))
  }
})

test('what the original’s server refuses is told for each report, and the rest arrive', async (t) => {
  const { fixture, write } = await open(t, original)
  fixture.respond = (request) => request.body.hostname === 'odd' ? { status: 400, body: { error: 'odd' } } : original(request)
  const reports = [sampleReport(), sampleReport({ hostname: 'odd' }), sampleReport()]
  const error = await t.throwsAsync(write(...reports), { instanceOf: DeliveryError }) as DeliveryError
  t.deepEqual([...error.refused.keys()], [reports[1]!.report_id])
  t.deepEqual([...error.delivered], [reports[0]!.report_id, reports[2]!.report_id])
})

test('the newest report id that the server has is told', async (t) => {
  const newest: string[] = []
  const id = sampleReport().report_id
  const { write } = await open(t, (request) => ({ ...modern(request)!, body: { newest_report_id: id } }), { onNewestReportId: (id: string) => newest.push(id) })
  await write(sampleReport())
  t.deepEqual(newest, [id])
})
