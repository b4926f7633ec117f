import type { ExecutionContext } from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { views } from '../src/index.ts'
import { testInChromium } from './chromium.ts'
import { openServer } from './server.ts'

const evil = '<img src=x onerror=alert(1)>\u202eevil'

/** A listening server whose pages are mounted twice. */
async function listen (t: ExecutionContext): Promise<{ origin: string, ids: readonly string[] }> {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views, { prefix: '/fleet' })
  await app.register(views, { title: 'At the root' })
  const saved = [
    await app.machines.save(sampleReport({ hostname: 'srv-031', os_version: 'Ubuntu 22.04' })),
    await app.machines.save(sampleReport({ hostname: evil, facts: { sample: { [evil]: [{ [evil]: evil, 'a-long-word': 'w'.repeat(300) }] } } })),
    await app.machines.save(sampleReport({ hostname: 'h'.repeat(100), ip: null, cpu_percent: null }))
  ]
  return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), ids: saved.map(({ machine }) => machine.machine_id) }
}

testInChromium('the hostname is seen on every page, under both mountings, and nothing is refused by the content security policy', async (t, visit) => {
  const { origin, ids } = await listen(t)
  const { page, complaints } = await visit()
  for (const prefix of ['', '/fleet']) {
    for (const url of ['/', '/report', '/charts', `/machines/${ids[0]}`]) {
      await page.goto(origin + prefix + url)
      t.true(await page.getByText('srv-031').first().isVisible(), prefix + url)
      t.is(await page.evaluate('getComputedStyle(document.querySelector(".top")).borderBottomStyle'), 'solid', 'the stylesheet holds')
    }
  }
  t.deepEqual(complaints, [])
})

testInChromium('a hostname of HTML is text, and turns no text around it', async (t, visit) => {
  const { origin, ids } = await listen(t)
  const { page, complaints } = await visit()
  for (const url of ['/', '/report', '/charts', `/machines/${ids[1]}`]) {
    await page.goto(origin + url)
    t.true(await page.getByText('<img src=x onerror=alert(1)>').first().isVisible(), url)
    t.is(await page.locator('img').count(), 0)
  }
  t.deepEqual(complaints, [])
})

testInChromium('nothing is wider than a phone of 360 pixels, and the pages stay in reach there', async (t, visit) => {
  const { origin, ids } = await listen(t)
  const { page } = await visit({ viewport: { width: 360, height: 740 } })
  for (const url of ['/', '/report?q=s&os=linux', '/report', '/charts', ...ids.map((id) => `/machines/${id}`), '/nowhere']) {
    await page.goto(origin + url)
    t.true(await page.evaluate('document.documentElement.scrollWidth') as number <= 360, url)
  }
  await page.getByText('Menu').click()
  await page.locator('.narrow').getByRole('link', { name: 'Report' }).click()
  t.is(new URL(page.url()).pathname, '/report')
})

testInChromium('search, filters, order and language need no script', async (t, visit) => {
  const { origin } = await listen(t)
  const { page } = await visit({ javaScriptEnabled: false, locale: 'en' })
  await page.goto(`${origin}/fleet/`)
  await page.getByRole('searchbox').fill('SRV')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/fleet/report?q=SRV')
  await page.locator('summary', { hasText: 'Filters' }).click()
  await page.locator('select[name=os]').selectOption('linux')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('link', { name: 'Last seen' }).click()
  t.is(await page.locator('[aria-sort]').getAttribute('aria-sort'), 'descending')
  await page.locator('summary', { hasText: 'English' }).click()
  await page.locator('.wide').getByRole('link', { name: 'Português' }).click()
  t.is(await page.locator('h1').textContent(), '1 máquina de 3')
  await page.locator('.wide').getByRole('link', { name: 'Gráficos' }).click()
  t.is(await page.locator('h1').textContent(), 'Gráficos')
})

testInChromium('the slash key goes to the search, and Escape closes a menu', async (t, visit) => {
  const { origin } = await listen(t)
  const { page } = await visit()
  await page.goto(origin)
  await page.keyboard.press('/')
  t.is(await page.evaluate('document.activeElement.name'), 'q')
  await page.locator('summary', { hasText: 'Theme' }).click()
  t.is(await page.locator('details[open]').count(), 1)
  await page.keyboard.press('Escape')
  t.is(await page.locator('details[open]').count(), 0)
})
