import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import type { FastifyInstance } from 'fastify'
import { sampleReport } from '@tatuscan/core/testing'
import { views } from '../src/index.ts'
import { testInChromium } from './chromium.ts'
import { listen } from './fleet.ts'
import { openServer } from './server.ts'

const day = 86_400_000

/** A fleet in which each thing that is charted is known of some machines and unknown of others. */
async function mixed (t: ExecutionContext): Promise<FastifyInstance> {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  for (let index = 0; index < 40; index++) {
    await app.machines.save({
      ...sampleReport({
        hostname: `m-${index}`,
        os: ['linux', 'windows', 'plan9'][index % 3]!,
        os_version: index % 7 === 0 ? null : `Version ${index % 11}`,
        cpu_percent: index % 5 === 0 ? null : index * 2.4,
        memory_total_mb: index % 6 === 0 ? null : 700 * index,
        facts: index % 4 === 0 ? {} : { sample: { kind: `kind ${index % 9}`, size: index * 3 - 20, on: index % 2 === 0, tags: ['a', `b${index % 3}`], deep: { note: index === 5 ? '' : `note ${index}` } } },
        failures: index % 8 === 3 ? [{ collector: 'gpu', code: 'X', message: 'x', ms: 1 }] : [],
        schemas: {
          sample: {
            type: 'object',
            title: 'Sample',
            properties: {
              kind: { type: 'string', title: 'Kind' },
              size: { type: 'integer', title: 'Size', unit: 'MiB' },
              on: { type: 'boolean', title: 'On' },
              tags: { type: 'array', title: 'Tags', items: { type: 'string' } },
              deep: { type: 'object', title: 'Deep', properties: { note: { type: 'string', title: 'Note' } } }
            }
          }
        }
      }),
      computer_activation: index % 9 === 0 ? null : new Date(Date.now() - index * 120 * day)
    })
  }
  return app
}

interface Row { readonly chart: string, readonly label: string, readonly value: number, readonly href: string | undefined }

function rowsOf (html: string): Row[] {
  return html.split('<section class="box chart"').slice(1).flatMap((section) => {
    const chart = /id="([^"]+)"/.exec(section)![1]!
    return [...section.matchAll(/<tr data-value="([^"]+)"[^>]*><th scope="row">(?:<a href="([^"]+)">)?<bdi>(.*?)<\/bdi>/gs)].map(([, value, href, label]) => ({
      chart, label: label!, value: Number(value), href: href?.replaceAll('&amp;', '&')
    }))
  })
}

test('every bar’s figure is the count of the machines that it leads to', async (t) => {
  const app = await mixed(t)
  const counts = new Map<string, Promise<number>>()
  const count = async (href: string) => {
    const { body, statusCode } = await app.inject(href)
    t.is(statusCode, 200, href)
    return Number(/<h1>(\d+) machines?/.exec(body)![1])
  }
  const facts = ['', 'memory_used_mb', 'activation_days', 'failing', 'facts.sample.kind', 'facts.sample.size', 'facts.sample.on', 'facts.sample.tags', 'facts.sample.deep.note', 'facts.nobody.told']
  for (const filter of ['', '&os=linux', '&status=online&min.memory_total_mb=3000&below.memory_total_mb=20000', '&min.age=13', '&not.os_version=["Version 1",""]', '&unknown=cpu_percent', '&os=nothing']) {
    for (const fact of facts) {
      const url = `/charts?top=3&fact=${fact}${filter}`
      const { body, statusCode } = await app.inject(url)
      t.is(statusCode, 200, url)
      for (const { chart, label, value, href } of rowsOf(body)) {
        t.truthy(href, `${url} ${chart} ${label}`)
        if (href!.startsWith('/charts')) t.deepEqual([fact, label.replace(/\d+/, 'n')], ['failing', 'Others (n)'], url)
        else if (label !== 'none') { // of facts an empty text is asked for as unknown is
          if (!counts.has(href!)) counts.set(href!, count(href!))
          const machines = await counts.get(href!)
          // Of a list each value counts, and one machine may hold several of the others
          if (fact === 'facts.sample.tags' && label.startsWith('Others')) t.true(machines! > 0 && machines! <= value, `${url} ${href}`)
          else t.is(machines, value, `${url} ${chart} ${label} ${href}`)
        }
      }
    }
  }
})

test('the charts tell all machines, and a fact of choice: categories by number, numbers by size', async (t) => {
  const app = await mixed(t)
  const rows = async (url: string, chart: string) => rowsOf((await app.inject(url)).body).filter((row) => row.chart === chart)
  for (const chart of ['status', 'os', 'versions', 'age', 'memory', 'fact']) {
    t.is((await rows('/charts?top=2&fact=facts.sample.kind', chart)).reduce((sum, { value }) => sum + value, 0), 40, chart)
  }
  t.deepEqual((await rows('/charts?top=2', 'os')).map(({ label, value }) => [label, value]), [['Linux', 14], ['plan9', 13], ['Windows', 13]], 'one alone is no "others"')
  const kinds = await rows('/charts?fact=facts.sample.kind&top=5', 'fact')
  t.is(kinds.length, 7)
  t.true(kinds.slice(1, 5).every(({ value }, at) => value <= kinds[at]!.value), 'longest first')
  t.is(kinds.at(-1)!.label, 'unknown')
  const sizes = await rows('/charts?fact=facts.sample.size', 'fact')
  t.deepEqual(sizes.map(({ label }) => label), [...[-20, -10, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((min) => `${min} – ${min + 10}\u00a0MiB`), 'unknown'])
  t.deepEqual((await rows('/charts?fact=facts.sample.on', 'fact')).map(({ label }) => label), ['no', 'yes', 'unknown'])
  t.deepEqual((await rows('/charts?fact=facts.sample.on&lang=pt-BR', 'fact')).map(({ label }) => label), ['não', 'sim', 'desconhecido'])
})

test('whatever is asked of the charts, there is a page', async (t) => {
  const app = await mixed(t)
  for (const query of [
    'fact=nonsense', 'fact=facts', 'fact=facts.', 'fact=facts.a', 'fact=facts.__proto__.x', 'fact=facts.sample.', 'fact=constructor', `fact=facts.sample.${'k.'.repeat(500)}k`, 'fact=facts.sample.kind&fact=os',
    'fact=facts.sample', 'fact=facts.sample.deep', 'top=abc', 'top=', 'top=-1', 'top=1e999', 'top=0.4', 'min.age=1e308', 'below.age=-1e308', 'min.facts.sample.size=x', 'unknown=facts.sample.kind&fact=facts.sample.kind'
  ]) {
    const { statusCode, body } = await app.inject(`/charts?${query}`)
    t.is(statusCode, 200, query)
    t.regex(body, /<h1>Charts<\/h1>/)
    t.is(body.split('<select').length, 2, query)
    t.regex(body, /<option value="[^"]+" selected>/, query)
  }
})

test('the library comes from the pages’ own routes, zipped where it may be, once for good', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views, { prefix: '/fleet' })
  const { body } = await app.inject('/fleet/charts')
  const url = /<script src="(\/fleet\/assets\/chart\.js\?v=[0-9a-f]+)" defer>/.exec(body)![1]!
  const plain = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip;q=0' } })
  t.is(plain.headers['content-encoding'], undefined)
  t.regex(plain.body, /Chart\.js v4/)
  const zipped = await app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } })
  t.is(zipped.headers['content-encoding'], 'gzip')
  t.is(gunzipSync(zipped.rawPayload).toString(), plain.body)
  t.not(zipped.headers.etag, plain.headers.etag)
  t.regex(String(zipped.headers['cache-control']), /immutable/)
  const again = await app.inject({ url, headers: { 'accept-encoding': 'gzip', 'if-none-match': String(zipped.headers.etag) } })
  t.is(again.statusCode, 304)
  t.is(again.rawPayload.length, 0)
  t.notRegex((await app.inject('/fleet/report')).body, /chart\.js/, 'only charts need it')
})

testInChromium('the charts’ page weighs at most 250 kB with all that it loads', async (t, visit) => {
  const { base } = await listen(t, { size: 60 })
  const { page } = await visit()
  const weights: number[] = []
  page.on('requestfinished', (request) => { weights.push(request.sizes().then(({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize) as never) })
  await page.goto(`${base}/charts`, { waitUntil: 'networkidle' })
  const all = await Promise.all(weights)
  t.true(all.length >= 5, 'page, style, three scripts')
  t.true(all.reduce((sum, weight) => sum + weight) <= 250_000, String(all))
})

const labels = (chart: string) => `Chart.getChart(document.querySelector('#${chart} canvas')).data.labels`
const figures = (chart: string) => `Chart.getChart(document.querySelector('#${chart} canvas')).data.datasets[0].data`

testInChromium('a bar leads to its machines, by pointer and by keyboard, in both languages', async (t, visit) => {
  const { base } = await listen(t)
  for (const [locale, windows, show, table] of [['en', 'Windows', 'Show', 'As a table'], ['pt-BR', 'Windows', 'Mostrar', 'Em tabela']] as const) {
    const { page, complaints } = await visit({ locale })
    await page.goto(`${base}/charts`)
    t.deepEqual(await page.evaluate(labels('os')), ['Linux', windows])
    t.deepEqual(await page.evaluate(figures('os')), [6, 6])
    t.false(await page.locator('#os .bars').isVisible())
    const { width, height } = (await page.locator('#os canvas').boundingBox())!
    await page.locator('#os canvas').click({ position: { x: width / 2, y: height * 3 / 4 } })
    await page.waitForURL(/\/report\?os=windows$/)
    t.is(await page.locator('.machines tbody tr').count(), 6)
    await page.goBack()

    await page.locator('#fact select').selectOption('facts.disk.kind')
    await page.getByRole('button', { name: show }).click()
    await page.waitForURL(/fact=facts\.disk\.kind/)
    t.deepEqual(await page.evaluate(labels('fact')), ['hdd', 'ssd'])
    t.deepEqual(await page.evaluate(figures('fact')), [8, 4])
    await page.locator('#fact').getByText(table).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/report\?facts\.disk\.kind=hdd$/)
    t.is(await page.locator('.machines tbody tr').count(), 8)
    t.deepEqual(complaints, [])
  }
})

testInChromium('charts take the theme’s colours, also when it changes, and are renewed in place', async (t, visit) => {
  const { app, base } = await listen(t, { refresh: 0.3 })
  const { page, complaints } = await visit({ colorScheme: 'light', locale: 'en' })
  const colours = async () => await page.evaluate("[Chart.getChart(document.querySelector('#os canvas')).data.datasets[0].backgroundColor[0], getComputedStyle(document.documentElement).getPropertyValue('--bar')]") as [string, string]
  await page.goto(`${base}/charts`)
  const [light] = await colours()
  await page.emulateMedia({ colorScheme: 'dark' })
  while ((await colours())[0] === light) await sleep(20) // AVA ends what never does
  const [dark, bar] = await colours()
  t.is(dark, bar)

  const size = async () => await page.locator('#status canvas').evaluate((canvas) => (canvas as { outerHTML: string }).outerHTML) as string
  const before = await size()
  t.regex(before, /width="\d+"/)
  await page.locator('#os').getByText('As a table').click()
  await app.machines.save(sampleReport({ hostname: 'another', os: 'plan9' }))
  while ((await page.evaluate(labels('os')) as string[]).length < 3) await sleep(20)
  t.true(await page.locator('#os table').isVisible())
  t.is(await size(), before, 'a canvas that loses its size loses what is drawn')
  t.deepEqual(complaints, [])
})

testInChromium('without script, and where the library does not come, the charts are bars with links and tables', async (t, visit) => {
  const { base } = await listen(t)
  const { page } = await visit({ javaScriptEnabled: false, locale: 'en' })
  await page.goto(`${base}/charts`)
  t.false(await page.locator('#os canvas').isVisible())
  await page.locator('#fact select').selectOption('facts.disk.kind')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.locator('#fact .bars').getByRole('link', { name: 'ssd' }).click()
  t.is(new URL(page.url()).search, '?facts.disk.kind=ssd')
  const { page: other } = await visit({ locale: 'en' })
  await other.route(/assets\/chart\.js/, async (route) => await route.abort())
  await other.goto(`${base}/charts`)
  t.true(await other.locator('#os .bars').isVisible())
  t.false(await other.locator('#os canvas').isVisible())
})

testInChromium('what a fact says is text in charts and tables, its control characters visible, and leads to its machine', async (t, visit) => {
  const { app, base } = await listen(t, { size: 0 })
  const evil = ['<img src=x onerror=alert(1)>', 'a\u0001\u001b[31m\u007fb', '\u202eevil\u2066', 'w'.repeat(100), 'line\nbreak\ttab', '"><script>alert(1)</script>', `long ${'x'.repeat(400)}`, '&amp;', '=1+1', 'a,b;c&d=e#f%41+g']
  for (const [index, value] of evil.entries()) {
    await app.machines.save(sampleReport({ hostname: `m-${index}`, facts: { sample: { value } }, schemas: { sample: { type: 'object', title: evil[0], properties: { value: { type: 'string', title: evil[1] } } } } }))
  }
  const { page, complaints } = await visit({ viewport: { width: 360, height: 740 }, locale: 'en' })
  await page.goto(`${base}/charts?top=50&fact=facts.sample.value`)
  const shown = await page.evaluate(labels('fact')) as string[]
  t.is(shown.length, evil.length)
  t.true(shown.includes(evil[0]!) && shown.includes('a\u2401\u241b[31m\u2421b'))
  t.is(await page.locator('main img, main script').count(), 0)
  await page.evaluate('for (const details of document.querySelectorAll("main details")) details.open = true')
  t.true(await page.evaluate('document.documentElement.scrollWidth') as number <= 360)
  const links = await page.locator('#fact tbody a').evaluateAll((found) => found.map((link) => (link as { href: string }).href)) as string[]
  t.is(links.length, evil.length - 1, 'a value that is too long to be filtered by has no link')
  for (const link of links) {
    await page.goto(link)
    t.is(await page.locator('.machines tbody tr').count(), 1, link)
  }
  t.deepEqual(complaints, [])
})
