import { connect, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import fp from 'fastify-plugin'
import { answerError, type MachineStore } from '@tatuscan/core'
import { limits, serverLimits, type LimitsOptions } from '../src/index.ts'

async function serve (t: ExecutionContext, options: LimitsOptions, { waiting, ...server }: FastifyServerOptions & { waiting?: MachineStore['waiting'] } = {}): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({ forceCloseConnections: true, ...server })
  t.teardown(async () => await app.close())
  app.decorate('machines', { ...waiting !== undefined && { waiting } } as MachineStore)
  await app.register(limits, options)
  app.setErrorHandler(answerError)
  app.post('/report', { config: { access: 'agent' } }, async () => ({}))
  app.post('/enrol', { config: { access: 'enrol' } }, async () => ({}))
  app.get('/health', { config: { access: 'public', probe: true } }, async () => ({}))
  app.get('/page', { config: { access: 'viewer', page: true } }, async () => ({}))
  app.get('/own', { config: { access: 'viewer' } }, async (_request, reply) => reply.header('content-security-policy', "default-src 'self'").send({}))
  app.post('/change', { config: { access: 'admin' } }, async () => ({}))
  return app
}

test('what was registered before has no limits, which stops the start', async (t) => {
  const app = Fastify()
  t.teardown(async () => await app.close())
  app.decorate('machines', {} as never)
  await app.register(fp(async () => {}, { name: '@tatuscan/server-metrics' }))
  await t.throwsAsync(async () => await app.register(limits), { code: 'TATUSCAN_INVALID_OPTION', message: /server-metrics would have none: register it before/ })
})

test('an overload is answered 503 with Retry-After, of reports alone, and ends with its reason', async (t) => {
  let waiting = { reports: 0, oldestMs: 0 }
  const app = await serve(t, {}, { waiting: () => waiting })
  for (const full of [{ reports: 501, oldestMs: 1001 }, { reports: 2001, oldestMs: 1 }]) {
    waiting = full
    const refused = await app.inject({ method: 'POST', url: '/report' })
    t.is(refused.statusCode, 503, JSON.stringify(full))
    t.is(refused.headers['retry-after'], '5')
    t.is(refused.json().code, 'TATUSCAN_OVERLOADED')
    for (const url of ['/health', '/page']) t.is((await app.inject(url)).statusCode, 200, url)
  }
  for (const well of [{ reports: 500, oldestMs: 3000 }, { reports: 2000, oldestMs: 999 }, { reports: 0, oldestMs: 0 }]) {
    waiting = well
    t.is((await app.inject({ method: 'POST', url: '/report' })).statusCode, 200, JSON.stringify(well))
  }
})

test('what is refused needs not send its body first, and its connection goes on', async (t) => {
  let full = true
  const app = await serve(t, {}, { waiting: () => full ? { reports: 1000, oldestMs: 5000 } : { reports: 0, oldestMs: 0 } })
  const socket = await open(t, app)
  socket.write('POST /report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n')
  t.regex(await heard(socket), /^HTTP\/1\.1 503 /)
  full = false
  socket.write('{"a": "b"}POST /report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')
  t.regex(await heard(socket), /^HTTP\/1\.1 200 /)
})

test('while the event loop is behind everything but health is refused, and after it nothing', async (t) => {
  const app = await serve(t, { shed: { loopMs: 60 } })
  const status = async (url: string) => (await app.inject(url)).statusCode
  const end = Date.now() + 30_000
  while (await status('/page') !== 503 && Date.now() < end) {
    const until = performance.now() + 150
    while (performance.now() < until); // what keeps the loop from its turns
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  t.is(await status('/page'), 503)
  t.is(await status('/health'), 200)
  while (await status('/page') !== 200 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
  t.is(await status('/page'), 200)
})

test('a request for another’s name is refused, by name alone; reports, enrolment and health are not', async (t) => {
  const status = async (app: FastifyInstance, host: string, url = '/own') => (await app.inject({ method: url === '/report' || url === '/enrol' ? 'POST' : 'GET', url, headers: { host } })).statusCode
  const local = await serve(t, { names: { host: '127.0.0.1' } })
  for (const host of ['localhost', 'localhost:8040', 'LOCALHOST.', 'tatuscan.localhost', '127.0.0.1', '127.9.9.9:1', '[::1]:8040']) t.is(await status(local, host), 200, host)
  for (const host of ['evil.example', 'evil.example:8040', '192.0.2.1', 'localhost.evil.example', '127.evil.example', '127.0.0.1.evil.example', 'a b']) {
    for (const url of ['/own', '/page', '/none']) t.is(await status(local, host, url), 403, `${host} ${url}`)
  }
  for (const url of ['/report', '/enrol', '/health']) t.is(await status(local, 'evil.example', url), 200, url)
  const named = await serve(t, { names: { host: '192.0.2.7', publicUrl: 'https://Inventory.example/fleet' } })
  for (const host of ['inventory.example', 'INVENTORY.example:9', '192.0.2.7:8040', 'localhost']) t.is(await status(named, host), 200, host)
  for (const host of ['192.0.2.8', 'other.example']) t.is(await status(named, host), 403, host)
  const anywhere = await serve(t, { names: { host: '0.0.0.0' } })
  for (const host of ['192.0.2.8', '[2001:db8::1]:80']) t.is(await status(anywhere, host), 200, host)
  t.is(await status(anywhere, 'evil.example'), 403)
  t.regex((await anywhere.inject({ url: '/page', headers: { host: 'evil.example' } })).json().error, /TATUSCAN_PUBLIC_URL/)
})

test('the address that the server listens on is its own however IPv6 is written', async (t) => {
  const status = async (host: string, asked: string) => (await (await serve(t, { names: { host } })).inject({ url: '/own', headers: { host: asked } })).statusCode
  for (const host of ['2001:db8::a', '2001:DB8:0:0::000A', '2001:0db8:0:0:0:0:0:a']) t.is(await status(host, '[2001:db8::a]:8040'), 200, host)
  for (const asked of ['[::ffff:127.0.0.1]:8040', '[::ffff:7f00:1]', '[::ffff:7fff:ffff]', '[0:0:0:0:0:0:0:1]']) t.is(await status('::ffff:127.0.0.1', asked), 200, asked)
  for (const asked of ['[::ffff:192.0.2.1]', '[::ffff:7e00:1]', '[2001:db8::b]']) t.is(await status('::ffff:127.0.0.1', asked), 403, asked)
  t.is(await status('0:0:0:0:0:0:0:0', '192.0.2.8'), 200)
})

test('a change that comes from another’s page is refused; what says nothing of a page is not', async (t) => {
  const app = await serve(t, { names: { host: '127.0.0.1', publicUrl: 'https://inventory.example' } })
  const status = async (origin: string | undefined, { url = '/change', host = 'localhost:8040' } = {}) =>
    (await app.inject({ method: 'POST', url, headers: { host, ...origin !== undefined && { origin } } })).statusCode
  t.is(await status(undefined), 200)
  t.is(await status('http://localhost:8040'), 200)
  t.is(await status('https://inventory.example'), 200)
  for (const origin of ['null', 'http://localhost:3000', 'http://localhost', 'https://evil.example', 'https://inventory.example.evil.example', 'nonsense']) t.is(await status(origin), 403, origin)
  for (const url of ['/report', '/enrol']) {
    t.is(await status(undefined, { url, host: 'evil.example' }), 200, url)
    t.is(await status('http://localhost:8040', { url }), 200, url)
    for (const host of ['localhost:8040', 'evil.example']) {
      for (const origin of ['null', 'http://localhost:3000', 'http://evil.example']) t.is(await status(origin, { url, host }), 403, `${url} ${host} ${origin}`)
    }
  }
  t.is((await app.inject({ url: '/own', headers: { host: 'localhost', origin: 'https://evil.example' } })).statusCode, 200, 'reading is the browser’s to refuse')
})

test('a public URL that is none stops the start', async (t) => {
  for (const publicUrl of ['inventory.example', 'ftp://inventory.example', '']) {
    await t.throwsAsync(async () => await serve(t, { names: { host: '127.0.0.1', publicUrl } }), { code: 'TATUSCAN_INVALID_OPTION' }, publicUrl)
  }
})

test('every answer tells browsers what they need not do; what a route says stays; HSTS is told under TLS alone', async (t) => {
  const app = await serve(t, {}, { trustProxy: ['127.0.0.1'] })
  for (const url of ['/page', '/health', '/none']) {
    const { headers } = await app.inject(url)
    t.like(headers, { 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" }, url)
    t.is(headers['strict-transport-security'], undefined)
  }
  t.is((await app.inject('/own')).headers['content-security-policy'], "default-src 'self'")
  t.is((await app.inject({ url: '/page', headers: { 'x-forwarded-proto': 'https' } })).headers['strict-transport-security'], 'max-age=31536000')
  t.is((await app.inject({ method: 'POST', url: '/report' })).headers['x-frame-options'], undefined)
})

/** A server on which time is short. */
async function quick (t: ExecutionContext): Promise<FastifyInstance> {
  const app = await serve(t, { slowBodies: { freeMs: 200, bytesPerSecond: 1000 } }, serverLimits({ headersMs: 200, requestMs: 3_600_000, headBytes: 4096 }) as FastifyServerOptions)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app
}

async function open (t: ExecutionContext, app: FastifyInstance): Promise<Socket> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1').setNoDelay()
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  return socket
}

const heard = async (socket: Socket): Promise<string> => await new Promise((resolve) => {
  socket.once('data', (chunk) => resolve(String(chunk))).once('close', () => resolve('closed'))
})
const closed = async (socket: Socket): Promise<void> => await new Promise((resolve) => { socket.resume().once('close', () => resolve()) })

/** Writes on and on, a little at a time, until the connection is closed. */
function drip (t: ExecutionContext, socket: Socket, text: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(text), everyMs)
  socket.once('close', () => clearInterval(timer))
  t.teardown(() => clearInterval(timer))
}

test('a connection whose head comes in drops, or not at all, is closed', async (t) => {
  const app = await quick(t)
  const [silent, dripping] = [await open(t, app), await open(t, app)]
  dripping.write('GET /page HTTP/1.1\r\n')
  drip(t, dripping, 'X-A: b\r\n', 50)
  await Promise.all([closed(silent), closed(dripping)])
  t.is((await app.inject('/page')).statusCode, 200)
})

test('a connection whose body comes in drops is closed, and one that keeps an honest pace gets through', async (t) => {
  t.timeout(30_000)
  const app = await quick(t)
  const head = (length: number) => `POST /report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
  const [slow, honest] = [await open(t, app), await open(t, app)]
  const gone = closed(slow)
  slow.write(head(10_000))
  drip(t, slow, ' ', 20)
  const body = JSON.stringify({ padding: 'x'.repeat(7000) })
  honest.write(head(body.length))
  const answer = heard(honest)
  for (let sent = 0; sent < body.length; sent += 500) {
    honest.write(body.slice(sent, sent + 500))
    await new Promise((resolve) => setTimeout(resolve, 50)) // some 10,000 bytes a second
  }
  t.regex(await answer, /^HTTP\/1\.1 200 /)
  await gone
})

test('a connection whose body comes in drops is closed though it was refused before', async (t) => {
  t.timeout(30_000)
  const app = await serve(t, { slowBodies: { freeMs: 200, bytesPerSecond: 1000 } }, { waiting: () => ({ reports: 1000, oldestMs: 5000 }) })
  const socket = await open(t, app)
  const gone = closed(socket)
  socket.write('POST /report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n')
  t.regex(await heard(socket), /^HTTP\/1\.1 503 /)
  drip(t, socket, ' ', 20)
  await gone
})

test('a head that is too large is answered 431', async (t) => {
  const app = await quick(t)
  const socket = await open(t, app)
  socket.write(`GET /page HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(5000)}\r\n\r\n`)
  t.regex(await heard(socket), /^HTTP\/1\.1 431 /)
})
