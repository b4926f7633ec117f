import { fileURLToPath } from 'node:url'
import test from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { views } from '../src/index.ts'
import { openServer } from './server.ts'

test('a host has a page, an entry, a template and colours of its own, below its prefix', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views, {
    prefix: '/fleet',
    templates: fileURLToPath(new URL('./fixtures/templates/', import.meta.url)),
    colours: { light: { accent: '#7a1fa2' }, dark: { accent: '#d9a6f5' } },
    entries: [{ label: { en: 'Help desk', 'pt-BR': 'Suporte' }, href: 'https://help.example.com' }],
    pages: [{ path: '/licences', label: 'Licences', make: async ({ machines }) => ({ template: 'licences', data: { page: await machines.list({ limit: 1 }) } }) }]
  })
  await app.register(views)
  await app.machines.save(sampleReport())
  const page = await app.inject('/fleet/licences')
  t.regex(page.body, /<h1>Licences of 1<\/h1>/)
  t.regex(page.body, /<a href="\/fleet\/licences" aria-current="page">Licences<\/a>/)
  t.regex((await app.inject('/fleet?lang=pt-BR')).body, /<a href="https:\/\/help\.example\.com">Suporte<\/a>/)
  t.regex((await app.inject('/fleet/report')).body, /<b class="host-status">online<\/b>/)
  t.notRegex((await app.inject('/report')).body, /host-status|Licences/, 'the other mounting has none of it')
  const style = /href="([^"]+style\.css[^"]+)"/.exec(page.body)![1]!
  t.regex((await app.inject(style)).body, /:root:not\(\[data-theme=dark\]\)\{--accent:#7a1fa2/)
})

test('options that could break a page are refused', async (t) => {
  for (const options of [
    { colours: { light: { accent: 'red; } body { display: none' } } }, { colours: { light: { nothing: 'red' } as never } },
    { entries: [{ label: 'x', href: 'javascript:alert(1)' }] }, { pages: [{ path: 'x', make: async () => ({ redirect: '/' }) }] }, { refresh: -1 }
  ]) {
    const app = await openServer()
    t.teardown(async () => await app.close())
    await t.throwsAsync(async () => await app.register(views, options), { code: 'TATUSCAN_INVALID_OPTION' })
  }
})

test('a form from another site changes nothing', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const { machine: { machine_id: id } } = await app.machines.save(sampleReport({ hostname: 'srv-031' }))
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    const answer = await app.inject({ method: 'POST', url: `/machines/${id}`, headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, payload: 'hostname=srv-031' })
    t.is(answer.statusCode, 403)
    t.truthy(await app.machines.find(id))
  }
})
