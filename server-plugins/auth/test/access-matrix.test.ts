import test from 'ava'
import Fastify from 'fastify'
import { sampleReport } from '@tatuscan/core/testing'
import { api } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { views } from '@tatuscan/server-views'
import { auth } from '../src/index.ts'
import { enrolSecret, serve, type TestServer } from './server.ts'

/** Every route of the server, and who may use it. A route that is not here fails the test. */
const declared: Record<string, string> = {
  'POST /api/machines': 'agent',
  'POST /api/reports': 'agent',
  'POST /api/enrol': 'enrol',
  'GET /api/machines': 'viewer',
  'GET /api/inventory': 'viewer',
  'GET /api/machines.csv': 'viewer',
  'GET /api/machines/:id': 'viewer',
  'GET /api/machines/:id/keys': 'viewer',
  'PATCH /api/machines/:id': 'admin',
  'DELETE /api/machines/:id': 'admin',
  'POST /api/machines/:id/release': 'admin',
  'DELETE /api/machines/:id/keys': 'admin',
  'GET /api/collectors': 'viewer',
  'GET /api/users': 'admin',
  'POST /api/users': 'admin',
  'PATCH /api/users/:name': 'admin',
  'DELETE /api/users/:name': 'admin',
  'GET /api/tokens': 'admin',
  'POST /api/tokens': 'admin',
  'DELETE /api/tokens/:id': 'admin',
  'GET /api/health': 'public',
  'GET /metrics': 'viewer',
  'GET /openapi.json': 'viewer',
  'GET /docs/': 'page',
  'GET /docs/json': 'viewer',
  'GET /docs/yaml': 'viewer',
  'GET /docs/static/*': 'page',
  'GET /docs/static/index.html': 'page',
  'GET /docs/static/swagger-initializer.js': 'page',
  'GET /': 'page',
  'GET /report': 'page',
  'GET /report/': 'page',
  'GET /report.csv': 'page',
  'GET /charts': 'page',
  'GET /charts/': 'page',
  'GET /machines/:id': 'page',
  'GET /machines/:id/': 'page',
  'POST /machines/:id': 'admin',
  'GET /assets/chart.js': 'public',
  'GET /assets/charts.js': 'public',
  'GET /assets/icon.svg': 'public',
  'GET /assets/page.js': 'public',
  'GET /assets/style.css': 'public',
  'GET /login': 'public',
  'POST /login': 'public',
  'GET /login.css': 'public',
  'GET /logout': 'page',
  'POST /logout': 'viewer',
  'GET /setup': 'public',
  'POST /setup': 'public'
}

const own = 'a'.repeat(64)
const other = 'b'.repeat(64)

type Who = (server: TestServer) => Promise<Record<string, string>>

/** Nobody, once the machine that it reports has no key. */
const forgotten: Who = async ({ app }) => {
  await app.credentials.removeKeys(own)
  return {}
}

/** What a page's forms go to: as pages do they lead to the login. */
const forms = ['POST /machines/:id', 'POST /logout']

/** Who asks, with which headers, and which routes let them through; the rest is 401 (303 for pages) or 403. */
const people: Record<string, { readonly headers: Who, readonly may: readonly string[], readonly otherwise: 401 | 403, readonly from?: string }> = {
  nobody: { headers: async () => ({}), may: ['public'], otherwise: 401 },
  'a garbage bearer': { headers: async () => ({ authorization: 'Bearer garbage' }), may: ['public'], otherwise: 401 },
  'a key that never was': { headers: async () => ({ authorization: `Bearer tsk_${'A'.repeat(43)}` }), may: ['public'], otherwise: 401 },
  'a password for basic login': { headers: async () => ({ authorization: 'Basic YW5hOmFuYQ==' }), may: ['public'], otherwise: 401 },
  'a garbage session': { headers: async () => ({ cookie: 'tatuscan_session=garbage' }), may: ['public'], otherwise: 401 },
  'an expired session': { headers: async ({ session }) => ({ ...await session('ana', new Date(Date.now() - 1)) }), may: ['public'], otherwise: 401 },
  'an expired token': { headers: async ({ token }) => ({ authorization: (await token('admin', 1e-9)).authorization }), may: ['public'], otherwise: 401 },
  'a revoked token': {
    headers: async ({ app, token }) => {
      const { id, authorization } = await token('admin')
      await app.credentials.removeToken(id)
      return { authorization }
    },
    may: ['public'],
    otherwise: 401
  },
  'a revoked key': {
    headers: async ({ app, key }) => {
      const headers = await key(own)
      await app.credentials.removeKeys(own)
      return headers
    },
    may: ['public'],
    otherwise: 401
  },
  'the enrolment secret': { headers: async () => ({ authorization: `Bearer ${enrolSecret}` }), may: ['public', 'enrol'], otherwise: 403 },
  'a token of the role enrol': { headers: async ({ token }) => ({ authorization: (await token('enrol')).authorization }), may: ['public', 'enrol'], otherwise: 403 },
  'its own agent': { headers: async ({ key }) => await key(own), may: ['public', 'enrol', 'agent'], otherwise: 403 },
  'a viewer': { headers: async ({ session }) => ({ ...await session('bia') }), may: ['public', 'viewer', 'page'], otherwise: 403 },
  'a viewer’s token': { headers: async ({ token }) => ({ authorization: (await token('viewer')).authorization }), may: ['public', 'viewer', 'page'], otherwise: 403 },
  'an admin': { headers: async ({ session }) => ({ ...await session('ana') }), may: ['public', 'agent', 'viewer', 'page', 'admin'], otherwise: 403 },
  'another agent': { headers: async ({ key }) => await key(other), may: ['public', 'POST /api/reports'], otherwise: 403 },
  'a client of the original in its network': { headers: forgotten, from: '10.1.2.3', may: ['public', 'POST /api/machines'], otherwise: 401 },
  'a client of the original in its network, as IPv6 tells it': { headers: forgotten, from: '::ffff:10.1.2.3', may: ['public', 'POST /api/machines'], otherwise: 401 },
  'a client of the original outside of its network': { headers: async () => ({}), from: '11.1.2.3', may: ['public'], otherwise: 401 },
  'a garbage bearer in the original’s network': { headers: async () => ({ authorization: 'Bearer garbage' }), from: '10.1.2.3', may: ['public'], otherwise: 401 },
  'a garbage session in the original’s network': { headers: async (server) => ({ ...await forgotten(server), cookie: 'tatuscan_session=garbage' }), from: '10.1.2.3', may: ['public', 'POST /api/machines'], otherwise: 401 },
  'a viewer in the original’s network': { headers: async ({ session }) => ({ ...await session('bia') }), from: '10.1.2.3', may: ['public', 'viewer', 'page'], otherwise: 403 },
  'an admin’s token': { headers: async ({ token }) => ({ authorization: (await token('admin')).authorization }), may: ['public', 'agent', 'enrol', 'viewer', 'page', 'admin'], otherwise: 403 }
}

for (const prefix of ['', '/fleet']) {
  test.serial(`below ${prefix || '/'} each route lets those through whom it declares, and nobody else`, async (t) => {
    const server = await serve(t, { prefix, allowOriginal: ['10.0.0.0/8'] })
    const seen = new Set<string>()
    for (const { method, url } of server.routes) {
      for (const one of [method].flat().filter((one) => one !== 'HEAD' && one !== 'OPTIONS')) seen.add(`${one} ${url.slice(prefix.length) || '/'}`)
    }
    t.deepEqual([...seen].sort(), Object.keys(declared).sort())
    for (const [who, { headers, may, otherwise, from: remoteAddress = '127.0.0.1' }] of Object.entries(people)) {
      for (const [route, access] of Object.entries(declared)) {
        const [method, path] = route.split(' ') as ['GET' | 'POST' | 'PATCH' | 'DELETE', string]
        const url = prefix + path.replace('*', 'nothing').replace(':id', other).replace(':name', 'nobody')
        const report = sampleReport({ machine_id: own })
        const payload = method === 'GET' || method === 'DELETE' ? {} : { payload: path === '/api/machines' ? report : path === '/api/reports' ? [report] : { machine_id: own } }
        const { statusCode, headers: answered, body } = await server.app.inject({ method, url, remoteAddress, headers: await headers(server), ...payload })
        const title = `${who}: ${route} answered ${statusCode} ${body.slice(0, 200)}`
        if (may.includes(access) || may.includes(route)) {
          const refused = [401, 403].includes(statusCode) && !['/login', '/setup'].includes(path) // which take no JSON, and the code
          t.false(refused || String(answered.location).includes('login?next'), title)
          if (route === 'POST /api/reports') t.is(JSON.parse(body).results[0].status >= 400, who === 'another agent', title)
        } else if ((access === 'page' || forms.includes(route)) && otherwise === 401 && !('authorization' in await headers(server))) {
          t.is(statusCode, 303, title)
          t.is(answered.location, `${prefix}/login?next=${encodeURIComponent(url)}`, title)
        } else {
          t.is(statusCode, otherwise, title)
          if (path.startsWith('/api/')) t.is(JSON.parse(body).code, otherwise === 401 ? 'TATUSCAN_UNAUTHORIZED' : 'TATUSCAN_FORBIDDEN', title)
          if (otherwise === 401) t.regex(String(answered['www-authenticate']), /^Bearer/, title)
        }
      }
    }
  })
}

test('what is asked by HEAD is answered as by GET, and OPTIONS, or a method that no route has, opens nothing', async (t) => {
  const { app, session, token } = await serve(t)
  const whose = [{}, { authorization: 'Bearer garbage' }, { authorization: (await token('enrol')).authorization }, { cookie: (await session('bia')).cookie }, { cookie: (await session()).cookie }]
  for (const route of Object.keys(declared)) {
    const [method, path] = route.split(' ') as [string, string]
    const url = path.replace('*', 'nothing').replace(':id', other).replace(':name', 'nobody')
    for (const headers of whose as Record<string, string>[]) {
      const title = `${route} ${Object.keys(headers).join()}`
      if (method === 'GET') {
        const [head, get] = [await app.inject({ method: 'HEAD', url, headers }), await app.inject({ method: 'GET', url, headers })]
        t.is(head.statusCode, get.statusCode, title)
        t.is(head.body, '', title)
      }
      for (const method of ['OPTIONS', 'PUT', 'TRACE'] as const) {
        const { statusCode } = await app.inject({ method: method as 'PUT', url, headers: { ...headers, 'x-http-method-override': 'GET' }, ...method === 'PUT' && { payload: {} } })
        t.is(statusCode, 404, `${method} ${title}`)
      }
    }
  }
})

test('an admin’s session changes nothing without the token of the session', async (t) => {
  const { app, session } = await serve(t)
  for (const [route, access] of Object.entries(declared)) {
    const [method, path] = route.split(' ') as ['GET' | 'POST' | 'PATCH' | 'DELETE', string]
    if (method === 'GET' || access === 'public' || access === 'enrol') continue
    for (const token of [undefined, 'garbage', (await session('ana'))['x-csrf-token']]) {
      const { cookie } = await session('ana')
      const headers = { cookie, ...token !== undefined && { 'x-csrf-token': token } }
      const form = path === '/logout' ? { payload: '', headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' } } : { headers, ...method !== 'DELETE' && { payload: {} } }
      const answer = await app.inject({ method, url: path.replace(':id', other).replace(':name', 'nobody'), ...form })
      t.is(answer.statusCode, 403, `${route} ${token} ${answer.body}`)
      t.is((await app.inject({ url: '/api/users', headers: { cookie } })).statusCode, 200, 'the session is still there')
    }
  }
})

test('a route that does not say who may use it stops the start, and is named', async (t) => {
  const app = Fastify()
  app.decorate('credentials', (await serve(t)).app.credentials)
  await app.register(auth)
  app.get('/open', { config: { access: 'public' } }, async () => 'hello')
  app.get('/mine', async () => 'hello')
  await app.register(async (inner) => { inner.post('/deeper', { config: { access: 'everybody' as never } }, async () => 'hello') }, { prefix: '/inner' })
  await t.throwsAsync(async () => await app.ready(), { code: 'TATUSCAN_INVALID_OPTION', message: /these do not: .*GET \/mine, .*POST \/inner\/deeper; give each config: \{ access: 'public', / })
})

test('auth after a plugin whose routes it should look after stops the start, and names it', async (t) => {
  for (const plugin of [ingest, api, views]) {
    const app = Fastify()
    const { machines, credentials } = (await serve(t)).app
    app.decorate('machines', machines).decorate('credentials', credentials)
    await app.register(plugin, { prefix: '/fleet' })
    await t.throwsAsync(async () => await app.register(auth), { code: 'TATUSCAN_INVALID_OPTION', message: /@tatuscan\/server-(ingest|api|views) would stay open: register it before/ })
  }
})

test('auth without a store of credentials says what to do', async (t) => {
  await t.throwsAsync(async () => await Fastify().register(auth), { code: 'TATUSCAN_INVALID_OPTION', message: /register @tatuscan\/server-storage before it/ })
})

test('a host brings a check of its own, in the place of keys, tokens and sessions', async (t) => {
  const app = Fastify()
  await app.register(auth, {
    authenticate: async ({ headers }) => headers['x-user'] === undefined ? undefined : { kind: 'person', name: String(headers['x-user']), role: headers['x-user'] === 'boss' ? 'admin' : 'viewer' }
  })
  app.get('/', { config: { access: 'viewer', page: true } }, async ({ requester }) => requester)
  app.post('/', { config: { access: 'admin' } }, async () => 'done')
  const ask = async (method: 'GET' | 'POST', user?: string) => (await app.inject({ method, url: '/', headers: user === undefined ? {} : { 'x-user': user } })).statusCode
  t.deepEqual([await ask('GET'), await ask('GET', 'ana'), await ask('POST', 'ana'), await ask('POST', 'boss')], [401, 200, 403, 200])
  t.is((await app.inject('/login')).statusCode, 404)
})

test('the API’s description says what auth answers', async (t) => {
  const { app, token } = await serve(t)
  const { paths } = (await app.inject({ url: '/openapi.json', headers: { authorization: (await token('viewer')).authorization } })).json()
  for (const [path, methods] of Object.entries<Record<string, { responses: object }>>(paths)) {
    for (const { responses } of Object.values(methods)) t.is('401' in responses && '403' in responses, path !== '/api/health', path)
  }
  t.true('/api/enrol' in paths && '/api/tokens/{id}' in paths && !('/login' in paths))
})
