import test, { type ExecutionContext } from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import type { Page } from 'playwright-core'
import { testInChromium } from './chromium.ts'
import { listen } from './fleet.ts'

const hostnames = async (page: Page) => await page.locator('tbody .hostname a').allTextContents()
const query = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams)
const chips = async (page: Page) => (await page.locator('.chip').allTextContents()).map((text) => text.trim())

/** Reads the form of filters as a browser would send it, untouched. */
async function resent (t: ExecutionContext, path: string): Promise<Record<string, string>> {
  const { base } = await listen(t, { size: 3, timeZone: 'America/Cuiaba' })
  const html = await (await fetch(base + path)).text()
  const form = /<form class="panel filters".*?<\/form>/s.exec(html)![0]
  const sent = new URLSearchParams()
  for (const [, name, attributes] of form.matchAll(/<input[^>]* name="([^"]+)"([^>]*)>/g)) sent.append(name!, (/value="([^"]*)"/.exec(attributes!)?.[1] ?? '').replaceAll('&quot;', '"'))
  for (const [, name, options] of form.matchAll(/<select name="([^"]+)">(.*?)<\/select>/gs)) sent.append(name!, /<option value="([^"]*)" selected>/.exec(options!)?.[1] ?? '')
  const { headers } = await fetch(`${base}/report?${sent}`, { redirect: 'manual' })
  return Object.fromEntries(new URL(headers.get('location')!, base).searchParams)
}

test('the form of filters, sent as it came, asks for what was asked for: nothing is lost, and nothing comes of itself', async (t) => {
  const cases: readonly Record<string, string>[] = [
    {}, { os: 'beos' }, { os_version: '' }, { os_version: 'Ubuntu 22.04' }, { failing: '' }, { failing: 'gone' }, { duplicate: 'false' }, { status: 'lost', q: 'srv' },
    { created_since: '2026-01-31', created_before: '2026-02-28T12:30:15' }, { 'facts.disk.kind': '' }, { 'min.cpu_percent': '0', 'below.cpu_percent': '50' }, { unknown: 'age,facts.disk.total_mb' }, { 'not.os_version': '["Debian 12",""]', 'not.facts.disk.kind': '["ssd"]' }
  ]
  for (const asked of cases) t.deepEqual(await resent(t, `/report?${new URLSearchParams(asked)}`), asked)
})

testInChromium('failing collectors, first sight, ranges of numbers and the unknown are filtered by on the page, without script, by keyboard alone', async (t, visit) => {
  const { app, base } = await listen(t)
  await app.machines.save(sampleReport({ hostname: 'bare', facts: {}, cpu_percent: null }))
  const { page } = await visit({ locale: 'en', javaScriptEnabled: false })
  await page.goto(`${base}/report`)
  /** Opens the panel, goes to a field by Tab, and types; Enter sends the form. */
  const filter = async (...fields: readonly (readonly [name: string, keys: string])[]) => {
    await page.locator('summary', { hasText: 'Filters' }).focus()
    await page.keyboard.press('Enter')
    for (const [name, keys] of fields) {
      const field = page.locator(`.filters [name=${name}]:visible`)
      for (let press = 0; press < 60 && !await field.evaluate((node) => node === node.ownerDocument.activeElement); press++) await page.keyboard.press('Tab')
      await page.keyboard.type(keys)
    }
    const before = page.url()
    while (await page.evaluate('document.activeElement.nodeName') !== 'BUTTON') await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.href !== before && !url.searchParams.has('asked'))
  }

  await filter(['failing', 'any that'])
  t.deepEqual(await hostnames(page), ['srv-004', 'srv-009'])
  await filter(['failing', 'gpu'], ['number', 'Total'], ['from', '20480'])
  t.deepEqual(query(page), { failing: 'gpu', 'min.facts.disk.total_mb': '20480' })
  t.deepEqual(await hostnames(page), ['srv-004', 'srv-009'])
  await filter(['number', 'Total'], ['to', '20481'])
  t.deepEqual(await hostnames(page), ['srv-004'])
  t.deepEqual(await chips(page), ['Failing collectors: gpu', 'Disks · Total: 20480 MiB or more', 'Disks · Total: less than 20481 MiB'])
  while (await page.locator('.chip').count() > 0) await page.locator('.chip').first().click()
  t.deepEqual(query(page), {})

  await filter(['unknown_too', 'CPU'])
  t.deepEqual(await hostnames(page), ['bare'])
  await filter(['fact', 'Kind'])
  t.deepEqual(await chips(page), ['Disks · Kind: unknown', 'CPU (%): unknown'])
  t.deepEqual(await hostnames(page), ['bare'])
  await filter(['number', 'CPU'], ['from', '3.5'], ['to', '6'])
  t.deepEqual(query(page), { 'facts.disk.kind': '', 'min.cpu_percent': '3.5', 'below.cpu_percent': '6' }, 'a number that is asked for is unknown no more')
  t.deepEqual(await hostnames(page), [])
  await page.locator('.chip', { hasText: 'Kind' }).click()
  t.deepEqual(await hostnames(page), ['srv-004', 'srv-005'])
  await filter(['unknown_too', 'CPU'])
  t.deepEqual(query(page), { unknown: 'cpu_percent' }, 'and the other way round')

  await page.goto(`${base}/report`)
  await filter(['created_since', '12312099'])
  t.deepEqual(query(page), { created_since: '2099-12-31' })
  t.deepEqual(await chips(page), ['First seen since: Dec 31, 2099'])
  t.deepEqual(await hostnames(page), [])
  await page.goto(`${base}/report`)
  await filter(['created_before', '12312099'], ['duplicate', 'n'])
  t.deepEqual(query(page), { created_before: '2099-12-31', duplicate: 'false' })
  t.is((await hostnames(page)).length, 13)
  t.is(await page.getByLabel('First seen before', { exact: true }).inputValue(), '2099-12-31', 'what is set is seen in the panel')
})
