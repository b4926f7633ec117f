import test from 'ava'
import { TatuScanError, type MachineStore } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import Fastify from 'fastify'
import { views } from '../src/index.ts'
import { testInChromium } from './chromium.ts'
import { listen } from './fleet.ts'
import { openServer } from './server.ts'

testInChromium('figures and rows are renewed, and place, selection, scroll, focus and an open form stay', async (t, visit) => {
  const { app, base, ids } = await listen(t, { size: 60, refresh: 0.3 })
  const { page, complaints } = await visit({ locale: 'en' })
  await page.goto(`${base}/report`)
  await page.getByRole('link', { name: 'srv-030' }).focus()
  await page.evaluate('getSelection().selectAllChildren(document.querySelector("#content tbody tr:nth-child(30) .ip bdi"))')
  t.is(await page.evaluate('getSelection().toString()'), '192.0.2.10')
  const scrolled = await page.evaluate('scrollTo(0, 700), scrollY')
  await app.machines.save(sampleReport({ hostname: 'srv-031', os_version: 'Renewed 1' }))
  await page.getByText('Renewed 1').waitFor()
  t.is(await page.evaluate('document.activeElement.textContent'), 'srv-030')
  t.is(await page.evaluate('getSelection().toString()'), '192.0.2.10')
  t.is(await page.evaluate('scrollY'), scrolled)

  await page.goto(`${base}/machines/${ids[3]}`)
  await page.getByText('Edit', { exact: true }).click()
  await page.getByLabel('Model').fill('half written')
  await app.machines.save(sampleReport({ hostname: 'srv-003', os_version: 'Renewed 2' }))
  await page.getByText('Renewed 2').waitFor()
  t.is(await page.getByLabel('Model').inputValue(), 'half written')
  t.deepEqual(complaints, [])
})

testInChromium('a page opened while the database is away says so, and recovers by itself; an open one keeps its figures', async (t, visit) => {
  const inner = await openServer()
  t.teardown(async () => await inner.close())
  await inner.ready()
  await inner.machines.save(sampleReport({ hostname: 'srv-031', failures: [] }))
  let away = false
  const app = Fastify()
  t.teardown(async () => await app.close())
  app.decorate('machines', new Proxy(inner.machines, {
    get (store, name) {
      if (!(name in store)) return undefined // Fastify looks for a getter
      return async (...given: unknown[]) => {
        if (away) throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', 'connect ECONNREFUSED')
        return await (store as never as Record<string | symbol, (...given: unknown[]) => unknown>)[name]!.apply(store, given)
      }
    }
  }) as MachineStore)
  await app.register(views, { refresh: 0.3 })
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  const { page: open } = await visit({ locale: 'en' })
  await open.goto(`${base}/report`)
  away = true
  await open.getByText('The server does not answer.').waitFor()
  t.true(await open.getByText('srv-031').isVisible(), 'figures of before are worth more than an error')
  const { page } = await visit({ locale: 'en' })
  t.is((await page.goto(`${base}/report`))?.status(), 503)
  t.true(await page.getByText('The database does not answer').isVisible())
  away = false
  await page.getByText('srv-031').waitFor()
  await open.getByText('The server does not answer.').waitFor({ state: 'hidden' })
  t.pass()
})

test('a page weighs at most 100 kB with all that it loads, and its one stylesheet 15 kB', async (t) => {
  const { app, ids } = await listen(t, { size: 60 })
  const size = async (url: string) => Buffer.byteLength((await app.inject(url)).rawPayload)
  for (const path of ['/', '/report', `/machines/${ids[0]}`]) {
    const { body } = await app.inject(path)
    const assets = [...body.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]+)"/g)].map(([, url]) => url!.replaceAll('&amp;', '&'))
    const weights = await Promise.all([path, ...assets].map(size))
    t.true(weights.reduce((sum, weight) => sum + weight) <= 100_000, `${path}: ${weights}`)
    const [style, ...more] = [...body.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, url]) => url!)
    t.deepEqual(more, [])
    t.true(await size(style!) <= 15_000, String(await size(style!)))
    t.regex(body, /<script src="[^"]+" defer>/, 'nothing else blocks')
  }
})
