import { BlockList } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import Fastify, { type FastifyInstance } from 'fastify'
import { networkOf, type Requester } from '@tatuscan/core'
import { createBuckets } from '../src/buckets.ts'
import { limits, type RateOptions } from '../src/index.ts'

/** A server that knows the keys good-0, good-1 and so on, each an agent's. */
async function serve (t: ExecutionContext, rates: RateOptions | false): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify()
  t.teardown(async () => await app.close())
  await app.register(limits, { rates, shed: false })
  app.decorateRequest('requester', undefined)
  const revoked = new Set<string>()
  app.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers
    if (authorization === undefined || request.routeOptions.config.access === 'public') return
    if (!authorization.startsWith('Bearer good-') || revoked.has(authorization)) return await reply.code(401).send({})
    request.requester = { kind: 'agent', machine_id: authorization } satisfies Requester
  })
  app.post('/report', { config: { access: 'agent' } }, async () => ({}))
  app.post('/revoke', { config: { access: 'agent' } }, async ({ headers }) => revoked.add(headers.authorization!) && {})
  app.get('/page', { config: { access: 'viewer' } }, async () => ({}))
  app.get('/health', { config: { access: 'public', probe: true } }, async () => ({}))
  return app
}

const slow = { perSecond: 0.01, burst: 5 }
const generous = { perSecond: 1000, burst: 100_000 }

async function ask (app: FastifyInstance, { key, from = '192.0.2.1', url = '/report' }: { key?: string, from?: string, url?: string } = {}): Promise<number> {
  const { statusCode } = await app.inject({
    method: url === '/report' || url === '/revoke' ? 'POST' : 'GET', url, remoteAddress: from, headers: key === undefined ? {} : { authorization: `Bearer ${key}` }
  })
  return statusCode
}

async function times (count: number, body: (index: number) => Promise<number>): Promise<Record<number, number>> {
  const seen: Record<number, number> = {}
  for (let index = 0; index < count; index++) {
    const status = await body(index)
    seen[status] = (seen[status] ?? 0) + 1
  }
  return seen
}

test('one key has its own limit, wherever it comes from, and another behind the same address is not touched by it', async (t) => {
  const app = await serve(t, { key: slow, address: slow, refused: generous })
  await ask(app, { key: 'good-1' }) // now it is known
  t.deepEqual(await times(10, async (index) => await ask(app, { key: 'good-1', from: `192.0.2.${index}` })), { 200: 5, 429: 5 })
  t.is(await ask(app, { key: 'good-2' }), 200)
})

test('one key that is written in many ways is no other key: it counts for its address', async (t) => {
  const app = await serve(t, { key: generous, address: slow, refused: generous })
  const written = (index: number) => `${['Bearer', 'bearer', 'BEARER'][index % 3]}${' '.repeat(2 + index)}good-1`
  t.deepEqual(await times(10, async (index) => (await app.inject({ url: '/page', remoteAddress: '192.0.2.1', headers: { authorization: written(index) } })).statusCode), { 401: 5, 429: 5 })
  t.is(await ask(app, { key: 'good-1' }), 200)
})

test('a fleet of 5,000 behind one address is as free as any other, also when all begin at once', async (t) => {
  const app = await serve(t, {})
  t.deepEqual(await times(15_000, async (index) => await ask(app, { key: `good-${index % 5000}` })), { 200: 15_000 })
})

test('an address that sends keys which don’t hold is limited, and agents that are known behind it are not', async (t) => {
  const app = await serve(t, { key: generous, address: generous, refused: slow })
  t.is(await ask(app, { key: 'good-1' }), 200)
  t.deepEqual(await times(100, async (index) => await ask(app, { key: `guess-${index}` })), { 401: 5, 429: 95 })
  t.deepEqual(await times(100, async () => await ask(app, { key: 'good-1' })), { 200: 100 })
  t.is(await ask(app, { key: 'good-2' }), 429, 'one that nobody has seen yet waits')
  t.is(await ask(app, { key: 'good-2', from: '198.51.100.1' }), 200)
})

test('a key that was revoked counts as one that doesn’t hold', async (t) => {
  const app = await serve(t, { key: generous, address: generous, refused: slow })
  t.is(await ask(app, { key: 'good-1', url: '/revoke' }), 200)
  t.deepEqual(await times(50, async () => await ask(app, { key: 'good-1' })), { 401: 5, 429: 45 })
})

test('without a key an address counts, of IPv6 its /64', async (t) => {
  const app = await serve(t, { address: slow })
  t.deepEqual(await times(10, async () => await ask(app, { url: '/page' })), { 200: 5, 429: 5 })
  t.deepEqual(await times(10, async (index) => await ask(app, { url: '/page', from: `2001:db8:0:1::${index}` })), { 200: 5, 429: 5 })
  t.is(await ask(app, { url: '/page', from: '2001:db8:0:2::1' }), 200)
})

test('health, and what comes from this very machine, is never limited', async (t) => {
  const app = await serve(t, { key: slow, address: slow, refused: slow })
  t.deepEqual(await times(50, async () => await ask(app, { url: '/health' })), { 200: 50 })
  t.deepEqual(await times(50, async (index) => await ask(app, { url: '/page', from: ['127.0.0.1', '::1', '::ffff:127.0.0.1'][index % 3]! })), { 200: 50 })
})

test('whoever is limited is told when to come back, in the one shape of errors', async (t) => {
  const app = await serve(t, { address: { perSecond: 0.1, burst: 1 } })
  const page = { url: '/page', remoteAddress: '192.0.2.1' }
  await app.inject(page)
  const answer = await app.inject(page)
  t.is(answer.statusCode, 429)
  t.is(answer.headers['retry-after'], '10')
  t.is(answer.json().code, 'TATUSCAN_RATE_LIMITED')
})

test('a client can’t choose its address, unless a proxy that is trusted tells it', async (t) => {
  for (const [trustProxy, expected] of [[false, { 200: 5, 429: 5 }], [['192.0.2.0/24'], { 200: 10 }]] as const) {
    const app: FastifyInstance = Fastify({ trustProxy: trustProxy as false })
    t.teardown(async () => await app.close())
    await app.register(limits, { rates: { address: slow }, shed: false })
    app.get('/', async () => ({}))
    t.deepEqual(await times(10, async (index) => {
      return (await app.inject({ url: '/', remoteAddress: '192.0.2.1', headers: { 'x-forwarded-for': `198.51.100.${index}` } })).statusCode
    }), expected)
  }
})

test('a bucket lets through its burst and its rate, no more, whenever it is asked', (t) => {
  const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 })
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50 }), gaps, (perSecond, burst, gaps) => {
    let now = 0
    let taken = 0
    const { take } = createBuckets({ perSecond, burst }, () => now)
    for (const gap of gaps) {
      now += gap
      const wait = take('one')
      if (wait === 0) taken++
      else if (wait > 1000 / perSecond + 1e-6) return false // it has one again before that
    }
    return taken <= burst + now * perSecond / 1000 + 1e-6 && (gaps.length < burst ? taken === gaps.length : taken >= burst)
  }))
  t.pass()
})

test('two addresses of IPv6 count as one where their first 64 bits are the same', (t) => {
  fc.assert(fc.property(fc.ipV6(), fc.ipV6(), (one, other) => {
    const list = new BlockList()
    list.addSubnet(one, 64, 'ipv6')
    const mapped = [one, other].some((address) => /^::ffff:\d+\./i.test(address))
    return mapped || (networkOf(one) === networkOf(other)) === list.check(other, 'ipv6')
  }))
  fc.assert(fc.property(fc.ipV4(), (address) => networkOf(address) === address && networkOf(`::ffff:${address}`) === address))
  t.is(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
  t.is(networkOf('::1:0:0:192.0.2.1'), '0:0:0:1::/64')
  t.is(networkOf('::192.0.2.1'), '0:0:0:0::/64')
})
