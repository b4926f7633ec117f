import { scryptSync } from 'node:crypto'
import { Writable } from 'node:stream'
import test from 'ava'
import fc from 'fast-check'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { parseSetCookie } from 'cookie'
import { networkOf } from '@tatuscan/core'
import { createAccounts } from '../src/index.ts'
import { countAttempts } from '../src/attempts.ts'
import { networks, rememberedNetworks } from '../src/address.ts'
import { returnPath } from '../src/return-path.ts'
import { password, serve } from './server.ts'

/** A password's hash that takes no time, for what is tried many times. */
function quickHash (password: string): string {
  return ['scrypt', 1024, 8, 1, Buffer.from('salt').toString('base64url'), scryptSync(password, 'salt', 32, { N: 1024, r: 8, p: 1 }).toString('base64url')].join('$')
}

/** What a browser does: keeps cookies, and sends a form back as it came. */
function browser (app: FastifyInstance, more: Record<string, string> = {}) {
  const jar = new Map<string, string>()
  const ask = async (method: 'GET' | 'POST', url: string, fields?: Record<string, string>): Promise<LightMyRequestResponse> => {
    const answer = await app.inject({
      method,
      url,
      headers: { accept: 'text/html', cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), ...fields !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }, ...more },
      ...fields !== undefined && { payload: new URLSearchParams(fields).toString() }
    })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const { name, value, maxAge } = parseSetCookie(line)
      if (maxAge === 0) jar.delete(name)
      else jar.set(name, value!)
    }
    return answer
  }
  return {
    jar,
    get: async (url: string) => await ask('GET', url),
    post: async (url: string, fields: Record<string, string>) => await ask('POST', url, fields),
    /** Fills in the form of a page. */
    async fill (url: string, fields: Record<string, string>) {
      const { body } = await ask('GET', url)
      const hidden = Object.fromEntries([...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name, value]) => [name!, value!.replaceAll('&amp;', '&')]))
      return await ask('POST', /<form method="post" action="([^"]+)"/.exec(body)![1]!, { ...hidden, ...fields })
    }
  }
}

test('who logs in gets to the page that was asked for; logging out ends the session itself', async (t) => {
  const { app } = await serve(t)
  await createAccounts(app.credentials).addUser({ name: 'rui', role: 'viewer', password })
  const { get, fill, jar } = browser(app)
  const sent = await get('/report?sort=ip&q=a%26b')
  t.is(sent.statusCode, 303)
  t.is(sent.headers.location, '/login?next=%2Freport%3Fsort%3Dip%26q%3Da%2526b')
  const wrong = await fill(sent.headers.location!, { name: 'rui', password: 'something else' })
  t.is(wrong.statusCode, 401)
  t.regex(wrong.body, /don’t belong together/)
  t.false(jar.has('tatuscan_session'))
  const right = await fill(sent.headers.location!, { name: ' rui ', password })
  t.is(right.statusCode, 303)
  t.is(right.headers.location, '/report?sort=ip&q=a%26b')
  const page = await get('/report')
  t.is(page.statusCode, 200)
  t.regex(page.body, /rui[^]*<form method="post" action="\/logout">/)
  const stolen = new Map(jar)
  const left = await fill('/logout', {})
  t.like(left, { statusCode: 303 })
  t.is(left.headers.location, '/login')
  t.false(jar.has('tatuscan_session'))
  jar.set('tatuscan_session', stolen.get('tatuscan_session')!)
  t.is((await get('/report')).statusCode, 303)
})

test('cookies are kept from scripts and other sites, and where people come by TLS from plain HTTP and, by their names, from neighbours', async (t) => {
  const host = 'inventory.example'
  const named = { publicUrl: `https://${host}` }
  for (const [what, options, headers, path, prefix] of [
    ['plain HTTP', { prefix: '/fleet' }, {}, '/fleet', ''],
    ['TLS', { trustProxy: ['127.0.0.1'] }, { 'x-forwarded-proto': 'https' }, '/', '__Host-'],
    ['TLS, below a prefix', { prefix: '/fleet', trustProxy: ['127.0.0.1'] }, { 'x-forwarded-proto': 'https' }, '/fleet', '__Secure-'],
    ['TLS that nobody tells of, at the public address', named, { host }, '/', '__Host-'],
    ['plain HTTP beside a public address', named, { host: 'localhost:8040' }, '/', ''],
    ['a proxy’s word that nobody asked for', {}, { 'x-forwarded-proto': 'https' }, '/', '']
  ] as const) {
    const { app } = await serve(t, options as Parameters<typeof serve>[1])
    await app.credentials.addUser({ name: 'rui', role: 'viewer', password: quickHash(password) })
    const { fill, get, jar } = browser(app, headers as Record<string, string>)
    const base = path === '/' ? '' : path
    await fill(`${base}/login`, { name: 'rui', password })
    t.deepEqual([...jar.keys()].sort(), ['tatuscan_browser', 'tatuscan_form', 'tatuscan_session'].map((name) => prefix + name), what)
    t.is((await get(`${base}/report`)).statusCode, 200, what)
    const answer = await fill(`${base}/login`, { name: 'rui', password })
    for (const line of [answer.headers['set-cookie']!].flat()) {
      const cookie = parseSetCookie(line)
      t.like(cookie, { httpOnly: true, sameSite: 'lax', path }, line)
      t.is(cookie.secure ?? false, prefix !== '', `${what}: ${line}`)
      t.is(cookie.domain, undefined)
    }
    const session = parseSetCookie([answer.headers['set-cookie']!].flat().find((line) => line.startsWith(`${prefix}tatuscan_session=`))!)
    t.is(session.maxAge, 604_800)
    t.regex(session.value!, /^[\w-]{43}$/)
  }
})

test('over TLS a cookie of a plain name, which a neighbour could have planted, counts for nothing', async (t) => {
  const { app, session } = await serve(t, { trustProxy: ['127.0.0.1'] })
  const { cookie } = await session()
  const status = async (headers: Record<string, string>) => (await app.inject({ url: '/api/users', headers })).statusCode
  t.is(await status({ cookie }), 200)
  t.is(await status({ cookie, 'x-forwarded-proto': 'https' }), 401)
  t.is(await status({ cookie: `__Host-${cookie}`, 'x-forwarded-proto': 'https' }), 200)
})

test('who logs in has a new session, whatever the browser had before; and that one is over', async (t) => {
  const { app, session } = await serve(t)
  await app.credentials.addUser({ name: 'rui', role: 'viewer', password: quickHash(password) })
  const planted = (await session('bia')).cookie.split('=')[1]!
  const { jar, fill } = browser(app)
  jar.set('tatuscan_session', planted)
  t.is((await fill('/login', { name: 'rui', password })).statusCode, 303)
  t.not(jar.get('tatuscan_session'), planted)
  t.is((await app.inject({ url: '/api/machines', headers: { cookie: `tatuscan_session=${planted}` } })).statusCode, 401)
})

test('the pages to log in are there in Portuguese and English, with every page header, and cached by nobody', async (t) => {
  const { app } = await serve(t)
  for (const [language, text] of [['pt-PT,pt;q=0.9,en;q=0.8', 'Senha'], ['en-US,en;q=0.9', 'Password'], ['de', 'Password']] as const) {
    const { body, headers } = await browser(app, { 'accept-language': language }).get('/login')
    t.true(body.includes(text), language)
    t.like(headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'strict-origin' })
    t.regex(String(headers['content-security-policy']), /^default-src 'self';/)
  }
  t.is((await app.inject('/login.css')).statusCode, 200)
})

test('a form that another site made up is refused', async (t) => {
  const { app } = await serve(t)
  await createAccounts(app.credentials).addUser({ name: 'rui', role: 'viewer', password })
  const mine = browser(app)
  t.is((await mine.post('/login', { name: 'rui', password })).statusCode, 403)
  const { body } = await browser(app).get('/login') // the attacker's own form
  t.is((await mine.post('/login', { name: 'rui', password, _form: /name="_form" value="([^"]+)"/.exec(body)![1]! })).statusCode, 403)
  t.false(mine.jar.has('tatuscan_session'))
})

test('whatever address, cookie or form comes, the pages to log in answer with themselves or a clear refusal, as text, never a 5xx', async (t) => {
  const { app } = await serve(t)
  const evil = fc.constantFrom('<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', 'a\u0001\u001b', '\u202eevil', 'w'.repeat(10_000), '__proto__', '//evil.example', 'tss_x', '\0')
  const text = fc.oneof(evil.map((word) => encodeURIComponent(word)), fc.constantFrom('', '%', '%E0%A4%A', '%00', '&', '='), fc.string({ unit: 'grapheme', maxLength: 20 }).map((word) => encodeURIComponent(word.toWellFormed())))
  const fields = fc.array(fc.tuple(fc.constantFrom('name', 'password', 'next', 'code', '_form', '_csrf', '__proto__', 'x[y]'), text).map((pair) => pair.join('=')), { maxLength: 6 }).map((pairs) => pairs.join('&'))
  const cookie = fc.array(fc.tuple(fc.constantFrom('tatuscan_form', 'tatuscan_session', 'tatuscan_lang', 'tatuscan_theme', '__proto__'), text).map((pair) => pair.join('=')), { maxLength: 3 }).map((pairs) => pairs.join('; '))
  const type = fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/plain', 'multipart/form-data')
  const seen = new Map<number, number>()
  await fc.assert(fc.asyncProperty(fc.constantFrom('GET', 'POST'), fc.constantFrom('/login', '/logout', '/setup'), fields, cookie, type, async (method, url, fields, cookie, type) => {
    const headers = { accept: 'text/html', cookie, ...method === 'POST' && { 'content-type': type } }
    const answer = await app.inject({ method: method as 'GET', url: method === 'GET' ? `${url}?${fields}` : url, headers, ...method === 'POST' && { payload: fields } })
    seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1)
    return [200, 303, 400, 401, 403, 413, 415].includes(answer.statusCode) && !/<img|<script/.test(answer.body)
  }), { numRuns: 400 })
  t.log(Object.fromEntries(seen))
  t.true(seen.get(200)! > 10 && seen.get(403)! > 10)
})

test('too many wrong logins from one network are refused before the password is looked at, a key or token from there never', async (t) => {
  const { app, key, token } = await serve(t)
  for (const name of ['rui', 'eva']) await app.credentials.addUser({ name, role: 'viewer', password: quickHash(password) })
  const { fill } = browser(app)
  const statuses = []
  for (let attempt = 0; attempt < 22; attempt++) statuses.push((await fill('/login', { name: ['rui', 'eva'][attempt % 2]!, password: 'wrong wrong' })).statusCode)
  t.deepEqual(statuses, [...Array(20).fill(401), 429, 429])
  const limited = await fill('/login', { name: 'rui', password })
  t.is(limited.statusCode, 429)
  t.true(Number(limited.headers['retry-after']) > 0)
  const machine_id = 'a'.repeat(64)
  const report = { machine_id, hostname: 'h', ip: null, os: 'linux', cpu_percent: null, memory_total_mb: null }
  t.is((await app.inject({ method: 'POST', url: '/api/machines', payload: report, headers: await key(machine_id) })).statusCode, 201)
  t.is((await app.inject({ url: '/api/machines', headers: { authorization: (await token('viewer')).authorization } })).statusCode, 200)
})

test('who guesses at somebody’s password from many places keeps them out of no browser that they used, nor anybody else', async (t) => {
  const { app } = await serve(t, { trustProxy: ['127.0.0.1'] })
  for (const name of ['rui', 'eva']) await app.credentials.addUser({ name, role: 'viewer', password: quickHash(password) })
  const from = (address: string) => browser(app, { 'x-forwarded-for': address })
  const [used, foreign] = [from('198.51.100.1'), from('198.51.100.2')]
  t.is((await used.fill('/login', { name: 'rui', password })).statusCode, 303)
  for (const name of ['tatuscan_session', 'tatuscan_form']) used.jar.delete(name)
  const statuses = new Map<number, number>()
  for (let guess = 0; guess < 52; guess++) { // 17 or 18 of each network
    const { statusCode } = await from(`203.0.113.${guess % 3}`).fill('/login', { name: ['rui', 'RUI '][guess % 2]!, password: 'wrong wrong' })
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
  }
  t.deepEqual([...statuses], [[401, 50], [429, 2]])
  t.is((await foreign.fill('/login', { name: 'rui', password })).statusCode, 429)
  t.is((await foreign.fill('/login', { name: 'eva', password })).statusCode, 303)
  foreign.jar.set('tatuscan_browser', foreign.jar.get('tatuscan_browser')!)
  t.is((await foreign.fill('/login', { name: 'rui', password })).statusCode, 429, 'eva’s browser is not rui’s')
  t.is((await used.fill('/login', { name: 'rui', password: 'wrong wrong' })).statusCode, 401)
  t.is((await used.fill('/login', { name: 'rui', password })).statusCode, 303)
})

test('attempts count from their start, by key, for the window that began with the first', (t) => {
  let now = 0
  const { begin, undo } = countAttempts({ most: 3, windowMs: 60_000, now: () => now })
  t.deepEqual([begin('a'), begin('a'), begin('a'), begin('a'), begin('b')], [0, 0, 0, 60, 0])
  now = 59_000
  t.is(begin('a'), 1)
  undo('a')
  t.is(begin('a'), 0)
  now = 60_000
  t.deepEqual([begin('a'), begin('a'), begin('a'), begin('a')], [0, 0, 0, 60])
})

test('after logging in nobody gets to another site', (t) => {
  for (const [asked, expected] of [
    ['/report?q=1', '/report?q=1'], ['/', '/'], ['/machines/%2F%2Fevil.example', '/machines/%2F%2Fevil.example'],
    ['//evil.example', '/'], ['/\\evil.example', '/'], ['/\t/evil.example', '/'], ['\\\\evil.example', '/'], ['https://evil.example', '/'], ['/..//evil.example', '/'],
    ['javascript:alert(1)', '/'], ['', '/'], [undefined, '/'], [['/report'], '/'], ['/login', '/'], ['/logout', '/'], ['/setup?code=x', '/']
  ] as const) t.is(returnPath(asked, ''), expected, String(asked))
  t.is(returnPath('/report', '/fleet'), '/fleet/')
  t.is(returnPath('/fleet/../report', '/fleet'), '/fleet/')
  t.is(returnPath('/fleet/report', '/fleet'), '/fleet/report')
  const pieces = fc.array(fc.constantFrom('/', '\\', '//', '.', '..', '@', ':', '\t', '\n', 'evil.example', 'https:', '?', '#', '%2f', '%5c', ' ', 'a'), { maxLength: 12 }).map((parts) => parts.join(''))
  fc.assert(fc.property(pieces, fc.constantFrom('', '/fleet'), (asked, base) => {
    const path = returnPath(asked, base)
    const url = new URL(path, 'https://ours.example')
    return url.origin === 'https://ours.example' && url.pathname.startsWith(`${base}/`) && !/^\/[/\\]/.test(path)
  }), { numRuns: 2000 })
})

test('an address of IPv6 counts for its /64, and IPv4 in its form for IPv4', (t) => {
  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'], ['::ffff:192.0.2.7', '192.0.2.7'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'], ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'], ['::1', '0:0:0:0::/64'], ['fe80::1%eth0', 'fe80:0:0:0::/64'], ['::1:0:0:192.0.2.1', '0:0:0:1::/64']
  ] as const) t.is(networkOf(address), network)
  const given = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']
  const remembered = rememberedNetworks(given)
  for (const inside of [networks(given), remembered, remembered]) {
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8:ffff::1']) t.true(inside(address), address)
    for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', 'garbage', '']) t.false(inside(address), address)
  }
  t.false(remembered(undefined), 'a connection that is gone')
  for (const wrong of ['10.0.0.0/33', '10.0.0', '10.0.0.0/', '10.0.0.0/8/8', 'localhost', '']) t.throws(() => networks([wrong]), { code: 'TATUSCAN_INVALID_OPTION' }, wrong)
})

test('a form that is sent after the end of its session leads to the login, and from there to its page', async (t) => {
  const { app } = await serve(t)
  await createAccounts(app.credentials).addUser({ name: 'rui', role: 'admin', password })
  const { post, fill, jar } = browser(app)
  const id = 'a'.repeat(64)
  await fill('/login', { name: 'rui', password })
  const old = jar.get('tatuscan_session')!
  await fill('/logout', {})
  jar.set('tatuscan_session', old)
  const saved = await post(`/machines/${id}`, { _csrf: 'of before', computer_model: 'theirs' })
  t.like([saved.statusCode, saved.headers.location], [303, `/login?next=%2Fmachines%2F${id}`])
  t.is((await fill(saved.headers.location!, { name: 'rui', password })).headers.location, `/machines/${id}`)
  jar.set('tatuscan_session', old)
  const left = await post('/logout', { _csrf: 'of before' })
  t.like([left.statusCode, left.headers.location], [303, '/login?next=%2Flogout'])
})

test('the first visit tells with which secret a machine is connected', async (t) => {
  const { app } = await serve(t)
  await createAccounts(app.credentials).addUser({ name: 'rui', role: 'admin', password })
  const { get, fill } = browser(app)
  await fill('/login', { name: 'rui', password })
  const { body } = await get('/')
  t.regex(body, /<code id="command">TATUSCAN_ENROL_SECRET_FILE=enrol-secret npx tatuscan daemon --url http:/)
  t.regex(body, /tatuscan tokens create --role enrol/)
})

test('the first admin is made by the link of the start, once', async (t) => {
  t.is(await (await serve(t)).app.setupPath(), undefined, 'there is one already')
  const { app } = await serve(t, { people: [] })
  const link = (await app.setupPath())!
  t.regex(link, /^\/setup\?code=tss_[\w-]{43}$/)
  const { get, fill } = browser(app)
  t.regex((await get('/login')).body, /tatuscan users add/)
  for (const wrong of ['/setup', '/setup?code=tss_x', '/setup?code=tss_x&code=tss_y']) t.is((await get(wrong)).statusCode, 403, wrong)
  t.is((await fill(link, { name: 'a b', password })).statusCode, 400)
  t.is((await fill(link, { name: 'eva', password: 'short' })).statusCode, 400)
  t.deepEqual(await app.credentials.users(), [])
  const made = await fill(link, { name: 'eva', password })
  t.is(made.statusCode, 303)
  t.is((await get('/api/users')).statusCode, 200, 'and is logged in')
  t.is((await get(link)).statusCode, 403)
  t.is((await browser(app).fill('/login', { name: 'eva', password })).statusCode, 303)
})

test('where there are viewers alone the link makes the first admin too, under a name that nobody has', async (t) => {
  const { app } = await serve(t, { people: [['bia', 'viewer']] })
  const link = (await app.setupPath())!
  const { get, fill } = browser(app)
  const taken = await fill(link, { name: 'bia', password })
  t.is(taken.statusCode, 400)
  t.regex(taken.body, /has this name already/)
  t.is((await fill(link, { name: 'eva', password })).statusCode, 303)
  t.is((await get('/api/users')).statusCode, 200)
  t.is(await app.setupPath(), undefined)
  t.deepEqual((await app.credentials.users()).map(({ name, role }) => [name, role]), [['bia', 'viewer'], ['eva', 'admin']])
})

test('who logs in with a password that is changed meanwhile does not get in by the old one', async (t) => {
  const { app } = await serve(t)
  const accounts = createAccounts(app.credentials)
  await accounts.addUser({ name: 'rui', role: 'admin', password })
  const { passwordOf } = app.credentials
  app.credentials.passwordOf = async (name) => {
    const hash = await passwordOf(name)
    await accounts.setPassword(name, 'another password of theirs')
    return hash
  }
  const { get, fill } = browser(app)
  const answer = await fill('/login', { name: 'rui', password })
  t.like([answer.statusCode, answer.headers.location, answer.headers['set-cookie']?.includes('tatuscan_session')], [303, '/login', false])
  t.is((await get('/api/users')).statusCode, 401)
  app.credentials.passwordOf = passwordOf
  t.is((await fill('/login', { name: 'rui', password: 'another password of theirs' })).headers.location, '/')
})

test('of two who open the link of the start at once one becomes the first admin', async (t) => {
  const { app } = await serve(t, { people: [] })
  const link = (await app.setupPath())!
  const both = await Promise.all(['eva', 'rui'].map(async (name) => (await browser(app).fill(link, { name, password })).statusCode))
  t.deepEqual(both.sort(), [303, 403])
  t.is((await app.credentials.users()).length, 1)
})

test.serial('a name that nobody has costs as much as a wrong password', async (t) => {
  const { app } = await serve(t)
  await createAccounts(app.credentials).addUser({ name: 'rui', role: 'viewer', password })
  const { fill } = browser(app)
  /** Processor time, which other work on this machine does not change. */
  const cost = async (name: string) => {
    const before = process.cpuUsage()
    t.is((await fill('/login', { name, password: 'wrong wrong' })).statusCode, 401)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  await cost('rui')
  const [known, unknown, impossible] = [await cost('rui'), await cost('nobody'), await cost('no body')]
  for (const other of [unknown, impossible]) t.true(other > known / 2 && other < known * 2, `${known} ${other}`)
})

test('no log, error or database holds a password, session, code, token or key', async (t) => {
  let log = ''
  const stream = new Writable({ write (chunk, _encoding, done) { log += String(chunk); done() } })
  const { app, file, token, key } = await serve(t, { logger: { level: 'trace', stream } })
  await createAccounts(app.credentials).addUser({ name: 'rui', role: 'admin', password })
  const mine = browser(app)
  await mine.fill('/login', { name: 'rui', password: 'wrong-password' })
  await mine.fill('/login', { name: 'rui', password })
  const { authorization } = await token('admin')
  const agent = await key('a'.repeat(64))
  const bodies = [await mine.get('/api/users'), await app.inject({ url: '/api/tokens', headers: { authorization } }), await app.inject({ url: '/api/users', headers: agent })].map(({ body }) => body).join()
  const made = (await app.inject({ method: 'POST', url: '/api/tokens', payload: { role: 'viewer' }, headers: { authorization } })).json().token as string
  const tables = ['users', 'tokens', 'sessions', 'agent_keys']
  const { default: Sqlite } = await import('better-sqlite3')
  const rows = JSON.stringify(tables.map((table) => {
    const database = new Sqlite(file)
    try {
      return database.prepare(`select * from tatuscan_${table}`).all()
    } finally {
      database.close()
    }
  }))
  t.true(rows.includes('rui') && log.includes('/login'))
  for (const secret of [password, 'wrong-password', mine.jar.get('tatuscan_session')!, authorization.slice(7), agent.authorization.slice(7), made]) {
    for (const [name, text] of Object.entries({ log, bodies, rows })) t.false(text.includes(secret), name)
  }
})
