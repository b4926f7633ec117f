import { rmSync } from 'node:fs'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { DeliveryError } from '../../src/index.ts'
import { httpSink, type HttpSinkOptions } from '../../src/sinks/index.ts'
import { proxyFor } from '../../src/sinks/proxy.ts'
import { sampleReport } from '../../src/testing/index.ts'
import { makeAuthority } from './certificates.ts'
import { startProxy, startServer, type Listening } from './servers.ts'

const authority = makeAuthority()
const server = authority.issue('server')
const client = authority.issue('client')
const stranger = makeAuthority()
test.after.always(() => { for (const { folder } of [authority, stranger]) rmSync(folder, { recursive: true }) })

function closing (t: ExecutionContext, listening: Listening): Listening {
  t.teardown(() => listening.close())
  return listening
}

async function send (options: HttpSinkOptions): Promise<void> {
  const sink = httpSink({ environment: {}, ...options })
  try {
    await sink.write([sampleReport()], { signal: AbortSignal.timeout(20_000) })
  } finally {
    await sink.close?.()
  }
}

test('a server of an authority of one’s own is trusted with its certificate, and not without it', async (t) => {
  const { url, heard } = closing(t, await startServer({ tls: server }))
  await t.throwsAsync(send({ url }), { instanceOf: DeliveryError, message: /could not be reached: .*certificate/ })
  await t.throwsAsync(send({ url, ca: stranger.ca }), { instanceOf: DeliveryError, message: /certificate/ })
  t.is(heard.length, 0)
  await send({ url, ca: authority.ca })
  t.is(heard.at(-1)?.url, '/api/machines')
})

test('a server that asks for a client certificate gets it, and refuses who has none', async (t) => {
  const { url, heard } = closing(t, await startServer({ tls: { ...server, ca: authority.ca, requestCert: true, rejectUnauthorized: true } }))
  await t.throwsAsync(send({ url, ca: authority.ca }), { instanceOf: DeliveryError })
  t.is(heard.length, 0)
  await send({ url, ca: authority.ca, ...client })
  t.is(heard.at(-1)?.peer, 'client')
})

test('certificates and keys that are none, or don’t belong together, are refused when the sink is made', (t) => {
  const url = 'https://127.0.0.1:1'
  const wrong: [Partial<HttpSinkOptions>, RegExp][] = [
    [{ ca: 'not PEM' }, /certificates of the authorities/], [{ cert: client.cert }, /key is missing/], [{ key: client.key }, /certificate is missing/],
    [{ cert: client.cert, key: server.key }, /client certificate/], [{ cert: 'no', key: 'no' }, /client certificate/],
    [{ url: 'http://127.0.0.1:1', ca: authority.ca }, /https:\/\//]
  ]
  for (const [options, message] of wrong) t.throws(() => httpSink({ url, ...options }), { code: 'TATUSCAN_INVALID_OPTION', message }, String(message))
})

test('an http server is asked for through the proxy by its whole URL, and the proxy alone gets its password', async (t) => {
  const { url, heard } = closing(t, await startServer())
  const proxy = closing(t, await startProxy())
  await send({ url: `${url}/fleet`, token: 'the token', environment: { http_proxy: `http://ana:p%40ss@127.0.0.1:${proxy.port}` } })
  t.deepEqual(proxy.heard.map(({ method, url }) => `${method} ${url}`), [`POST ${url}/fleet/api/reports`, `POST ${url}/fleet/api/machines`])
  t.is(proxy.heard[0]!.headers['proxy-authorization'], `Basic ${Buffer.from('ana:p@ss').toString('base64')}`)
  t.is(heard.at(-1)?.url, '/fleet/api/machines')
  t.is(heard.at(-1)?.headers.authorization, 'Bearer the token')
  t.is(heard.at(-1)?.headers.host, new URL(url).host)
})

test('an https server is reached through a tunnel, in which the proxy sees nothing', async (t) => {
  const { url, port, heard } = closing(t, await startServer({ tls: { ...server, ca: authority.ca, requestCert: true, rejectUnauthorized: true } }))
  const proxy = closing(t, await startProxy())
  await send({ url, ca: authority.ca, ...client, token: 'the token', environment: { HTTPS_PROXY: `http://ana:secret@127.0.0.1:${proxy.port}`, HTTP_PROXY: 'http://127.0.0.1:1' } })
  t.deepEqual([...new Set(proxy.heard.map(({ method, url }) => `${method} ${url}`))], [`CONNECT 127.0.0.1:${port}`])
  t.is(proxy.heard[0]!.headers['proxy-authorization'], `Basic ${Buffer.from('ana:secret').toString('base64')}`)
  t.is(proxy.heard[0]!.headers.authorization, undefined)
  t.is(heard.at(-1)?.headers.authorization, 'Bearer the token')
  t.is(heard.at(-1)?.headers['proxy-authorization'], undefined)
  t.is(heard.at(-1)?.peer, 'client')
})

test('a server behind a tunnel is checked all the same', async (t) => {
  const { url, heard } = closing(t, await startServer({ tls: server }))
  const proxy = closing(t, await startProxy())
  await t.throwsAsync(send({ url, environment: { https_proxy: proxy.url } }), { instanceOf: DeliveryError, message: /through the proxy .*certificate/ })
  t.is(heard.length, 0)
})

test('NO_PROXY keeps the proxy out of the way', async (t) => {
  const { url } = closing(t, await startServer())
  const proxy = closing(t, await startProxy())
  await send({ url, environment: { HTTP_PROXY: proxy.url, NO_PROXY: 'example.com, 127.0.0.1' } })
  t.is(proxy.heard.length, 0)
})

test('a proxy that refuses or is away is named in the error, and it may be tried again', async (t) => {
  const proxy = closing(t, await startProxy({ refuse: 407 }))
  const away = 'http://127.0.0.1:1'
  for (const [url, environment, message] of [
    ['http://127.0.0.1:2', { http_proxy: proxy.url }, /answered 407/],
    ['https://127.0.0.1:2', { https_proxy: proxy.url }, /proxy answered 407: it wants a user and a password/],
    ['http://127.0.0.1:2', { http_proxy: away }, /through the proxy http:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED/],
    ['https://127.0.0.1:2', { https_proxy: away }, /through the proxy http:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED/]
  ] as const) {
    const error = await t.throwsAsync(send({ url, environment }), { instanceOf: DeliveryError, message }) as DeliveryError
    t.true(error.retryable)
  }
})

test('a proxy that is none is refused when the sink is made', (t) => {
  for (const proxy of ['socks5://127.0.0.1:1080', 'http://', 'ftp://ana:secret@proxy']) {
    const error = t.throws(() => httpSink({ url: 'http://server', environment: { http_proxy: proxy } }), { code: 'TATUSCAN_INVALID_OPTION', message: /http:\/\/proxy\.example\.com:3128/ }, proxy)
    t.notRegex(error!.message, /secret/)
  }
})

test('which proxy is used follows the environment’s own rules', (t) => {
  const rows: [string, Record<string, string>, string | undefined][] = [
    ['http://a', {}, undefined],
    ['http://a', { HTTP_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://a', { HTTP_PROXY: 'http://p:1' }, undefined],
    ['https://a', { HTTPS_PROXY: 'p:1' }, 'http://p:1/'],
    ['https://a', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1' }, 'http://q:1/'],
    ['https://a', { ALL_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['http://a', { HTTP_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
    ['http://db.example.com', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'example.com' }, undefined],
    ['http://db.example.com', { HTTP_PROXY: 'http://p:1', NO_PROXY: '.example.com' }, undefined],
    ['http://db.example.com', { HTTP_PROXY: 'http://p:1', NO_PROXY: '*.example.com' }, undefined],
    ['http://badexample.com', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'example.com' }, 'http://p:1/'],
    ['http://DB.example.com', { HTTP_PROXY: 'http://p:1', no_proxy: 'DB.Example.com' }, undefined],
    ['http://a:8040', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a:8040' }, undefined],
    ['http://a:8041', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a:8040' }, 'http://p:1/'],
    ['http://a', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a:80' }, undefined],
    ['http://[::1]:8040', { HTTP_PROXY: 'http://p:1', NO_PROXY: '::1' }, undefined],
    ['http://[::1]:8040', { HTTP_PROXY: 'http://p:1', NO_PROXY: '[::1]:8040' }, undefined]
  ]
  for (const [target, environment, expected] of rows) t.is(proxyFor(new URL(target), environment)?.toString(), expected, `${target} ${JSON.stringify(environment)}`)
})

test('no secret is in any message: no token, no password of the URL or of the proxy, whatever answers', async (t) => {
  const echo = closing(t, await startServer({
    respond: ({ headers, url }, response) => {
      const said = JSON.stringify(headers) + Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
      const status = [401, 302, 500, 400][Number(headers['x-turn'] ?? said.length) % 4]!
      response.writeHead(status, status === 302 ? { location: `http://else/${encodeURIComponent(said)}?${encodeURIComponent(said)}` } : {})
      response.end(JSON.stringify({ error: `${url} ${said}`, details: [{ path: said, message: said }] }))
    }
  }))
  const proxy = closing(t, await startProxy())
  const refusing = closing(t, await startProxy({ refuse: 407 }))
  const secret = fc.string({ unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_~!$'), minLength: 10, maxLength: 20 }).map((text) => `Zz9${text}`)
  const target = fc.constantFrom(echo.url, 'http://127.0.0.1:1', 'https://127.0.0.1:1', 'htp://127.0.0.1', 'http://127.0.0.1:99999', '//')
  const through = fc.constantFrom('', proxy.url, refusing.url, 'http://127.0.0.1:1', 'socks5://127.0.0.1', 'http://:')
  await fc.assert(fc.asyncProperty(secret, secret, secret, target, through, fc.boolean(), async (token, password, proxyPassword, url, proxyUrl, withToken) => {
    const named = (url: string, password: string) => url.replace('//', () => `//ana:${encodeURIComponent(password)}@`)
    const proxied = proxyUrl === '' ? {} : { all_proxy: named(proxyUrl, proxyPassword) }
    const error = await send({ url: named(url, password), environment: proxied, ...withToken && { token } }).then(() => undefined, (error: unknown) => error as Error)
    const said = `${error?.message} ${inspect(error, { depth: 8 })}`
    for (const hidden of [token, password, proxyPassword]) {
      for (const form of [hidden, encodeURIComponent(hidden), Buffer.from(`ana:${hidden}`).toString('base64')]) {
        if (said.includes(form)) throw new Error(`${form} is in: ${said}`)
      }
    }
  }), { numRuns: Number(process.env.TATUSCAN_TEST_SECRETS ?? 150) })
  t.pass()
})
