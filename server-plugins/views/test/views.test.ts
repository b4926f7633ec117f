import assert from 'node:assert/strict'
import test from 'ava'
import { TatuScanError, type MachineStore } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import Fastify from 'fastify'
import { views } from '../src/index.ts'
import { catalogues } from '../src/locales/index.ts'
import { openServer } from './server.ts'

const html = { accept: 'text/html' }

test('every page shows what was reported, with and without a trailing slash', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const { machine } = await app.machines.save(sampleReport({ hostname: 'srv-031' }))
  for (const url of ['/', '/report', '/report/', '/charts', '/charts/', `/machines/${machine.machine_id}`, `/machines/${machine.machine_id}/`]) {
    const answer = await app.inject({ url, headers: html })
    t.is(answer.statusCode, 200, url)
    t.is(answer.headers['content-type'], 'text/html; charset=utf-8')
    t.regex(String(answer.headers['content-security-policy']), /^default-src 'self'/)
    t.regex(answer.body, /srv-031/, url)
  }
})

test('the pages hold no inline script and no inline style', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const { machine } = await app.machines.save(sampleReport())
  for (const url of ['/', '/report', '/charts', `/machines/${machine.machine_id}`, '/nowhere']) {
    const { body } = await app.inject({ url, headers: html })
    t.notRegex(body, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:/i, url)
  }
})

test('whatever a machine says shows as text', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const evil = '"><script>alert(1)</script>\'&\u0007'
  const report = sampleReport({
    hostname: evil,
    ip: evil.slice(0, 40),
    os: evil,
    os_version: evil,
    agent_version: evil,
    facts: { sample: { [evil]: evil, rows: [{ [evil]: evil }], constructor: evil } },
    failures: [{ collector: evil, code: evil, message: evil, ms: 1 }],
    schemas: { sample: { type: 'object', title: evil, properties: { rows: { title: evil } } } }
  })
  const { machine } = await app.machines.save(report)
  for (const url of ['/', '/report', '/charts', `/machines/${machine.machine_id}`, `/report?q=${encodeURIComponent(evil)}`, `/nowhere?${encodeURIComponent(evil)}`]) {
    const { body } = await app.inject({ url, headers: html })
    t.false(body.includes('<script>') || body.includes('\u0007'), url)
  }
  const { body } = await app.inject(`/machines/${machine.machine_id}`)
  t.regex(body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;&#39;&amp;\u2407/)
})

test('control characters show as visible marks, wherever a machine says them', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const text = 'a\u0001\u001b[31m\u007f\u009f\tb\r\nc'
  const report = sampleReport({
    hostname: text,
    ip: text,
    os: text,
    os_version: text,
    agent_version: text,
    facts: { sample: { [text]: text, list: [text], rows: [{ [text]: text }] } },
    failures: [{ collector: 'sample', code: text, message: text, ms: 1 }],
    schemas: { sample: { type: 'object', title: text } }
  })
  const { machine } = await app.machines.save({ ...report, computer_model: text })
  for (const url of ['/', '/report', '/charts', `/machines/${machine.machine_id}`]) {
    const { body } = await app.inject({ url, headers: html })
    t.true(body.includes('a\u2401\u241b[31m\u2421\ufffd\u2409\tb\u240d\u240a\nc'), url)
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    t.notRegex(body, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|31m\t|b\n/, url)
  }
})

test('an operating system called like a property of every object is shown as it is', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  await app.machines.save(sampleReport({ os: 'constructor', os_version: null }))
  for (const url of ['/', '/report', '/charts']) t.notRegex((await app.inject(url)).body, /native code/, url)
})

test('a machine of whose name nothing would be seen is called by its id, and goes by it', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const names = ['   ', '\u200b\u200b']
  for (const hostname of names) {
    const { machine: { machine_id: id } } = await app.machines.save(sampleReport({ hostname }))
    t.regex((await app.inject('/report')).body, new RegExp(`<bdi>${id}</bdi>`))
    const { body } = await app.inject(`/machines/${id}`)
    t.regex(body, new RegExp(`<h1><bdi>${id}</bdi></h1>`))
    const remove = async (hostname: string) => (await app.inject({ method: 'POST', url: `/machines/${id}`, payload: new URLSearchParams({ hostname }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } })).statusCode
    t.is(await remove(hostname), 400)
    t.is(await remove(id), 303)
  }
})

test('without a machine the dashboard tells the one command that connects one', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const { body } = await app.inject({ url: '/', headers: { host: 'inventory.example.com:8040' } })
  t.regex(body, /<code id="command">npx tatuscan daemon --url http:\/\/inventory\.example\.com:8040<\/code>/)
  for (const url of ['/report', '/charts']) t.is((await app.inject(url)).statusCode, 200, url)
})

test('the dashboard tells what fell silent and what fails', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  await app.machines.save(sampleReport({ hostname: 'well' }))
  await app.machines.save(sampleReport({ hostname: 'silent', interval_s: 1e-9 }))
  await app.machines.save(sampleReport({ hostname: 'failing', failures: [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 }] }))
  const { body } = await app.inject('/')
  const look = /Needs a look<\/h2>(.*?)<\/section>/s.exec(body)![1]!
  t.regex(look, />silent</)
  t.regex(look, />failing<.*failing: gpu/s)
  t.notRegex(look, />well</)
})

test('the report follows the original’s sort and dir, and takes nonsense for the nearest sensible', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const versions = { alpha: 'Windows 10', beta: 'Arch Linux', gamma: 'Ubuntu 24.04' }
  for (const [hostname, os_version] of Object.entries(versions)) await app.machines.save(sampleReport({ hostname, os_version }))
  t.deepEqual(hostnames(await app.inject('/report/?sort=os_version&dir=asc')), ['beta', 'gamma', 'alpha'])
  t.deepEqual(hostnames(await app.inject('/report/?sort=hostname&dir=desc')), ['gamma', 'beta', 'alpha'])
  t.deepEqual(hostnames(await app.inject('/report/?sort=nonsense&dir=sideways&limit=none')), ['alpha', 'beta', 'gamma'])
  t.regex((await app.inject('/report/?sort=os_version&dir=desc')).body, /class="os_version" aria-sort="descending"/)
})

test('the report filters by search, system, version and status, and each filter can be removed', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  await app.machines.save(sampleReport({ hostname: 'alpha', os: 'windows', os_version: 'Windows 11' }))
  await app.machines.save(sampleReport({ hostname: 'beta', os: 'linux', os_version: null }))
  await app.machines.save(sampleReport({ hostname: 'gamma', os: 'linux', os_version: 'Arch Linux', interval_s: 1e-9 }))
  t.deepEqual(hostnames(await app.inject('/report?q=ALPH')), ['alpha'])
  t.deepEqual(hostnames(await app.inject('/report?os=linux&status=')), ['beta', 'gamma'])
  t.deepEqual(hostnames(await app.inject('/report?os_version=')), ['beta'])
  t.deepEqual(hostnames(await app.inject('/report?status=stale')), ['gamma'])
  const { body } = await app.inject('/report?os=linux&status=online&sort=hostname&dir=desc')
  t.regex(body, /1 machine of 3/)
  t.regex(body, /<a class="chip" href="\/report\?os=linux&amp;sort=hostname&amp;dir=desc"/)
  t.regex((await app.inject('/report?q=nobody')).body, /No machine matches/)
})

test('the report’s pages hold every machine once, and a cursor of another order starts again', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const names = Array.from({ length: 7 }, (_, index) => `srv-${index}`)
  for (const hostname of names) await app.machines.save(sampleReport({ hostname }))
  const seen: string[] = []
  let next: string | undefined = '/report?limit=3'
  let cursor = ''
  while (next !== undefined) {
    const answer: { body: string } = await app.inject(next)
    seen.push(...hostnames(answer))
    next = /<a rel="next" href="([^"]+)"/.exec(answer.body)?.[1]!.replaceAll('&amp;', '&')
    cursor = next === undefined ? cursor : new URL(next, 'http://x').searchParams.get('cursor')!
  }
  t.deepEqual(seen, names)
  const again = await app.inject(`/report?limit=3&sort=ip&dir=desc&cursor=${cursor}`)
  t.is(again.statusCode, 303)
  t.is(again.headers.location, '/report?sort=ip&dir=desc&limit=3')
})

test('the dashboard’s others lead to their machines, and the report tells in words which those are', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  for (let version = 1; version <= 9; version++) {
    for (let machine = version; machine <= 9; machine++) await app.machines.save(sampleReport({ os_version: version === 2 ? null : `Linux ${version}` }))
  }
  const [, href, shown] = /<a class="label" href="([^"]+)" title="Others">.*?<span class="figure">(\d+)<\/span>/s.exec((await app.inject('/')).body)!
  const { body } = await app.inject(href!.replaceAll('&amp;', '&'))
  t.is(shown, '10')
  t.regex(body, /<h1>10 machines of 45<\/h1>/)
  t.regex(body, /OS version: <bdi>none of Linux 1, unknown, Linux 3, Linux 4, Linux 5<\/bdi>/)
  t.regex((await app.inject(`${href!.replaceAll('&amp;', '&')}&lang=pt-BR`)).body, /nenhum destes: Linux 1, desconhecido, Linux 3/)
})

test('where the values beside which the others are don’t fit into an address, the others lead to a chart of more', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const versions = Array.from({ length: 12 }, (_, at) => `${String(at).padStart(2, '0')} ${'界'.repeat(90)}`)
  for (const version of versions) await app.machines.save(sampleReport({ os_version: version }))
  const others = async (url: string) => /<a href="([^"]+)"><bdi>Others \(\d+\)<\/bdi>/.exec((await app.inject(url)).body)![1]!.replaceAll('&amp;', '&')
  t.true((await others('/charts?top=2')).startsWith('/report?not.os_version='))
  t.regex((await app.inject('/')).body, /<a class="label" href="\/charts#versions" title="Others">/)
  for (const top of [5, 10]) {
    const href = await others(`/charts?top=${top}`)
    t.true(href.startsWith('/charts?'), href)
    t.is((await app.inject(href)).statusCode, 200)
  }
})

test('the charts show the top versions and the rest as others', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  for (let version = 1; version <= 12; version++) await app.machines.save(sampleReport({ os_version: `Linux ${String(version).padStart(2, '0')}` }))
  const bars = async (url: string) => {
    const [, chart] = /<h2><bdi>Top \d+ versions<\/bdi><\/h2>(.*?)<\/ul>/s.exec((await app.inject(url)).body)!
    return [...chart!.matchAll(/<bdi>([^<]+)<\/bdi>/g)].map(([, label]) => label)
  }
  t.deepEqual(await bars('/charts/?top=2'), ['Linux 01', 'Linux 02', 'Others (10)'])
  t.is((await bars('/charts/?top=abc')).length, 9)
  t.is((await bars('/charts/?top=-5')).length, 2)
  t.is((await bars('/charts/?top=1e999')).length, 12)
})

test('a machine’s facts are shown under their titles, with their units, failures first', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views, { timeZone: 'UTC' })
  const { machine } = await app.machines.save(sampleReport({
    facts: { disks: { total_mb: 2048, mounts: [{ path: '/', used_percent: 12.5 }, { path: '/home' }], encrypted: true, checked: '2026-01-02T03:04:05Z', extra: 1234 } },
    failures: [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_FAILED', message: 'no driver', ms: 12 }],
    schemas: {
      disks: {
        type: 'object',
        title: 'Disks',
        properties: {
          total_mb: { type: 'integer', title: 'Total', unit: 'MiB' },
          mounts: { type: 'array', title: 'Mounts', items: { type: 'object', properties: { path: { title: 'Mounted on' }, used_percent: { title: 'Used', unit: '%' } } } },
          encrypted: { type: 'boolean', title: 'Encrypted' },
          checked: { type: 'string', title: 'Checked', format: 'date-time' }
        }
      }
    }
  }))
  const text = (await app.inject(`/machines/${machine.machine_id.toUpperCase()}`)).body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
  t.regex(text, /gpu could not be collected no driver .*Disks Total 2 GiB Mounts Mounted on Used \/ 12\.5% \/home — Encrypted yes Checked Jan 2, 2026, 3:04:05 AM UTC extra 1234/)
})

test('a machine whose clock is off by more than 5 minutes says so, in the visitor’s language, and no other does', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const hour = 3_600_000
  for (const [offset, lang, sentence] of [
    [49 * hour, 'en', 'Its clock is 2 days ahead of the server’s.'], [-49 * hour, 'en', 'Its clock is 2 days behind the server’s.'],
    [49 * hour, 'pt-BR', 'O relógio dela está 2 dias adiantado em relação ao do servidor.'], [-49 * hour, 'pt-BR', 'O relógio dela está 2 dias atrasado em relação ao do servidor.'],
    [0, 'en', undefined], [0, 'pt-BR', undefined]
  ] as const) {
    const { machine } = await app.machines.save(sampleReport({ timestamp: new Date(Date.now() + offset).toISOString() }))
    const { body } = await app.inject({ url: `/machines/${machine.machine_id}?lang=${lang}`, headers: html })
    t.is(/<ul class="marks">\s*<li><bdi>(.*?)<\/bdi>/.exec(body)?.[1], sentence)
  }
})

test('an unknown machine or page is a page with 404, and a script gets JSON', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const machine = await app.inject({ url: `/machines/${'0'.repeat(64)}` })
  t.is(machine.statusCode, 404)
  t.regex(machine.body, /There is no such machine/)
  const page = await app.inject({ url: '/nowhere', headers: html })
  t.is(page.statusCode, 404)
  t.regex(page.body, /There is no such page/)
  t.deepEqual((await app.inject({ url: '/nowhere', headers: { accept: '*/*' } })).json(), { error: 'there is no GET /nowhere', code: 'TATUSCAN_NOT_FOUND' })
})

test('a database that does not answer is a page with 503', async (t) => {
  const app = Fastify()
  t.teardown(async () => await app.close())
  const down = async () => { throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', 'connect ECONNREFUSED') }
  app.decorate('machines', { summary: down, list: down, find: down, collectors: down } as unknown as MachineStore)
  await app.register(views)
  for (const url of ['/', '/report', '/charts', `/machines/${'0'.repeat(64)}`]) {
    const answer = await app.inject(url)
    t.is(answer.statusCode, 503, url)
    t.is(answer.headers['retry-after'], '5')
    t.regex(answer.body, /The database does not answer/)
    t.notRegex(answer.body, /ECONNREFUSED/)
  }
})

test('what is refused for the time being is a page that says so, in both languages, and tries again by itself', async (t) => {
  const refused = { TATUSCAN_RATE_LIMITED: 429, TATUSCAN_OVERLOADED: 503, TATUSCAN_STORE_UNAVAILABLE: 503 } as const
  for (const [code, statusCode] of Object.entries(refused)) {
    const app = await openServer()
    t.teardown(async () => await app.close())
    app.addHook('onRequest', async () => { throw new TatuScanError(code as keyof typeof refused, 'the test says so', { retryAfterS: 7 }) })
    await app.register(views)
    for (const [lang, { errors }] of Object.entries(catalogues)) {
      const answer = await app.inject(`/report?lang=${lang}`)
      t.is(answer.statusCode, statusCode)
      t.is(answer.headers['retry-after'], '7')
      t.true(answer.body.includes(code === 'TATUSCAN_STORE_UNAVAILABLE' ? errors.unavailable : errors.busy))
      t.regex(answer.body, /<noscript><meta http-equiv="refresh" content="5">/)
      t.regex(answer.body, /<main [^>]*data-live="5"/)
    }
  }
})

test('two mountings in one process have their own prefix, name and time zone', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views, { prefix: '/fleet', title: 'Fleet & Co', timeZone: 'UTC' })
  await app.register(views, { prefix: '/other', title: 'Other', timeZone: 'Asia/Tokyo' })
  const { machine } = await app.machines.save(sampleReport())
  for (const [prefix, title] of [['/fleet', 'Fleet &amp; Co'], ['/other', 'Other']] as const) {
    for (const url of ['', '/', '/report', '/report/', '/charts', `/machines/${machine.machine_id}`, '/nowhere']) {
      const { body } = await app.inject({ url: prefix + url, headers: html })
      t.regex(body, new RegExp(`<bdi>${title}</bdi>`), prefix + url)
      for (const [, target] of body.matchAll(/(?:href|src|action)="([^"#]+)"/g)) t.true(target!.startsWith(`${prefix}/`) || target!.startsWith(`${prefix}?`), `${target} on ${prefix}${url}`)
    }
    const asset = /href="([^"]+style\.css[^"]+)"/.exec((await app.inject(prefix)).body)![1]!
    const { statusCode, headers } = await app.inject(asset)
    t.is(statusCode, 200)
    t.regex(String(headers['cache-control']), /immutable/)
  }
  t.regex((await app.inject(`/fleet/machines/${machine.machine_id}`)).body, / UTC/)
  t.regex((await app.inject(`/other/machines/${machine.machine_id}`)).body, /GMT\+9/)
})

test('a host keeps its hooks, its headers, its not-found handler, its error handler and its own views', async (t) => {
  const app = await openServer({ routerOptions: { ignoreTrailingSlash: true } })
  t.teardown(async () => await app.close())
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) return await reply.redirect('/login', 303)
    reply.header('content-security-policy', "default-src 'none'")
  })
  app.setNotFoundHandler(async (_request, reply) => await reply.code(404).send('the host’s'))
  app.setErrorHandler(async (_error, _request, reply) => await reply.code(500).send('the host’s'))
  app.get('/breaks', async () => { throw new Error('broken') })
  await app.register((await import('@fastify/view')).default, { engine: { eta: new (await import('eta')).Eta() } })
  await app.register(views)
  const authorization = 'Bearer x'
  t.is((await app.inject('/report')).headers.location, '/login')
  t.is((await app.inject({ url: '/report/', headers: { authorization } })).statusCode, 200)
  t.is((await app.inject({ url: '/report', headers: { authorization } })).headers['content-security-policy'], "default-src 'none'")
  t.is((await app.inject({ url: '/nowhere', headers: { ...html, authorization } })).body, 'the host’s')
  t.is((await app.inject({ url: '/breaks', headers: { authorization } })).body, 'the host’s')
})

test('the language is the visitor’s, until one is chosen', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views, { prefix: '/fleet' })
  await app.machines.save(sampleReport())
  const language = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({ url, headers })
    return { is: /<html lang="([^"]+)"/.exec(answer.body)![1], cookie: String(answer.headers['set-cookie']) }
  }
  t.is((await language('/fleet')).is, 'en')
  t.is((await language('/fleet', { 'accept-language': 'pt-PT,pt;q=0.9,en;q=0.8' })).is, 'pt-BR')
  t.is((await language('/fleet', { 'accept-language': 'de, en;q=0.5, pt;q=0.9' })).is, 'pt-BR')
  t.is((await language('/fleet', { 'accept-language': 'pt;q=0, *' })).is, 'en')
  const chosen = await language('/fleet/report?lang=pt-BR')
  t.is(chosen.is, 'pt-BR')
  t.is(chosen.cookie, 'tatuscan_lang=pt-BR; Path=/fleet; Max-Age=31536000; SameSite=Lax; HttpOnly')
  t.is((await language('/fleet/charts', { cookie: 'a=b; tatuscan_lang=pt-BR', 'accept-language': 'en' })).is, 'pt-BR')
  t.is((await language('/fleet?lang=<b>')).is, 'en')
})

test('the theme is the system’s, until one is chosen', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  t.notRegex((await app.inject('/report')).body, /data-theme/)
  const chosen = await app.inject('/report?theme=dark')
  t.regex(chosen.body, /data-theme="dark"/)
  t.regex(String(chosen.headers['set-cookie']), /^tatuscan_theme=dark;/)
  t.regex((await app.inject({ url: '/report', headers: { cookie: 'tatuscan_theme=dark' } })).body, /data-theme="dark"/)
  t.regex(String((await app.inject('/report?theme=system')).headers['set-cookie']), /^tatuscan_theme=;.*Max-Age=0/)
})

test('of a query given twice the last holds, and what looks like an object is no error', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  for (const hostname of ['alpha', 'beta']) await app.machines.save(sampleReport({ hostname }))
  t.deepEqual(hostnames(await app.inject('/report?q=alpha&q=beta')), ['beta'])
  for (const url of ['/charts?top=1&top=2', '/report?__proto__=1&constructor=2', '/?lang=en&lang=pt-BR']) t.is((await app.inject(url)).statusCode, 200, url)
})

test('it can’t be registered without a store, nor with options that are wrong', async (t) => {
  // Not AVA's throwsAsync: Fastify's errors are no native ones
  await assert.rejects(async () => await Fastify().register(views), /decorator 'machines' required/)
  for (const options of [{ timeZone: 'Mars/Olympus' }, { title: '' }, { title: 5 as never }]) {
    const app = await openServer()
    t.teardown(async () => await app.close())
    await t.throwsAsync(async () => await app.register(views, options), { code: 'TATUSCAN_INVALID_OPTION' })
  }
})

function hostnames ({ body }: { body: string }): string[] {
  return [...body.matchAll(/<th scope="row" class="hostname">.*?<bdi>([^<]*)<\/bdi>/gs)].map(([, hostname]) => hostname!)
}
