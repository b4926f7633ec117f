import { readFile } from 'node:fs/promises'
import type { ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { catalogues, languages } from '../src/locales/index.ts'
import { testInChromium } from './chromium.ts'
import { listen } from './fleet.ts'

const hostnames = async (page: Page) => await page.locator('tbody .hostname a').allTextContents()
const path = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search

for (const prefix of ['', '/fleet']) {
  for (const language of languages) {
    const words = catalogues[language]
    testInChromium(`search, filter, order, page, machine and back, in ${language} below ${prefix || '/'}`, async (t, visit) => {
      const { base } = await listen(t, { prefix })
      const { page, complaints } = await visit({ locale: language })
      await page.goto(`${base}/`)
      t.is(await page.locator('html').getAttribute('lang'), language)
      await page.getByRole('searchbox').fill('srv-0')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/report?q=srv-0')

      await page.locator('summary', { hasText: words.report.filters }).click()
      await page.locator('select[name=os]').selectOption('linux')
      await page.locator('select[name=fact]').selectOption('facts.disk.kind')
      await page.locator('input[name=value]').fill('hdd')
      await page.getByRole('button', { name: words.report.apply }).click()
      await page.waitForURL('**/report?q=srv-0&os=linux&facts.disk.kind=hdd')
      t.is(await page.locator('h1').textContent(), words.some(4, '4', '12'))
      t.is(await page.locator('.chip').count(), 3)

      await page.getByRole('link', { name: words.fields.cpu_percent, exact: true }).click()
      await page.waitForURL('**&sort=cpu_percent&dir=desc')
      t.deepEqual(await hostnames(page), ['srv-010', 'srv-008', 'srv-004', 'srv-002'])
      await page.goto(`${page.url()}&limit=3`)
      await page.getByRole('link', { name: words.report.next }).click()
      await page.waitForURL('**cursor=**')
      t.deepEqual(await hostnames(page), ['srv-002'])

      const listed = path(page)
      await page.getByRole('link', { name: 'srv-002' }).click()
      await page.waitForURL('**/machines/**')
      t.is(await page.locator('h1').textContent(), 'srv-002')
      await page.goBack()
      t.is(path(page), listed)
      await page.locator('.chip').first().click()
      await page.waitForURL((url) => !url.search.includes('q='))
      t.deepEqual(complaints, [])
    })

    testInChromium(`model and activation are edited in place, in ${language} below ${prefix || '/'}`, async (t, visit) => {
      const { app, base, ids } = await listen(t, { size: 1, prefix })
      const { page, complaints } = await visit({ locale: language })
      await page.goto(`${base}/machines/${ids[0]}`)
      await page.getByText(words.machine.edit, { exact: true }).click()
      await page.getByLabel(words.fields.computer_model).fill('OptiPlex <7010>')
      await page.getByLabel(words.fields.computer_activation).fill('2024-02-29')
      await page.getByLabel(words.fields.activation_days).fill('many')
      await page.getByRole('button', { name: words.machine.save }).click()
      t.true(await page.getByText(words.machine.noDays).isVisible(), 'what is wrong is said beside its field')
      t.is(await page.getByLabel(words.fields.computer_model).inputValue(), 'OptiPlex <7010>', 'and nothing that was typed is lost')
      t.is((await app.machines.find(ids[0]!))?.computer_model, null)
      await page.getByLabel(words.fields.activation_days).fill('12')
      await page.getByRole('button', { name: words.machine.save }).click()
      await page.getByText(words.machine.saved).waitFor()
      const { computer_model: model, computer_activation: activation, activation_days: days } = (await app.machines.find(ids[0]!))!
      t.deepEqual([model, activation?.toISOString(), days], ['OptiPlex <7010>', '2024-02-29T04:00:00.000Z', 12])
      t.true(await page.getByText('OptiPlex <7010>').isVisible())
      t.deepEqual(complaints.filter((text) => !text.includes('400')), [], 'a refused form is all that the browser complains of')
    })

    testInChromium(`what one tab saves stays when another one that was opened before saves something else, in ${language} below ${prefix || '/'}`, async (t, visit) => {
      const { app, base, ids } = await listen(t, { size: 1, prefix })
      const tabs = [(await visit({ locale: language })).page, (await visit({ locale: language })).page] as const
      for (const page of tabs) {
        await page.goto(`${base}/machines/${ids[0]}`)
        await page.getByText(words.machine.edit, { exact: true }).click()
      }
      await tabs[0].getByLabel(words.fields.computer_model).fill('Model One')
      await tabs[1].getByLabel(words.fields.activation_days).fill('77')
      for (const page of tabs) {
        await page.getByRole('button', { name: words.machine.save }).click()
        await page.getByText(words.machine.saved).waitFor()
      }
      const { computer_model: model, activation_days: days } = (await app.machines.find(ids[0]!))!
      t.deepEqual([model, days], ['Model One', 77])
    })

    testInChromium(`a machine goes only when its name was typed, in ${language} below ${prefix || '/'}`, async (t, visit) => {
      const { app, base, ids } = await listen(t, { size: 2, prefix })
      const { page } = await visit({ locale: language })
      await page.goto(`${base}/machines/${ids[1]}`)
      await page.getByText(words.machine.remove, { exact: true }).click()
      const name = page.getByLabel(words.machine.removeWord('srv-001'))
      await name.fill('srv-000')
      await page.getByRole('button', { name: words.machine.removeSubmit }).click()
      t.true(await page.getByText(words.machine.notThis).isVisible())
      t.truthy(await app.machines.find(ids[1]!))
      await name.fill('srv-001')
      await page.getByRole('button', { name: words.machine.removeSubmit }).click()
      await page.getByText(words.report.removed).waitFor()
      t.is(await app.machines.find(ids[1]!), undefined)
      t.deepEqual(await hostnames(page), ['srv-000'])
    })
  }
}

testInChromium('columns of choice are shown, survive order and filters, and are the columns of the CSV', async (t, visit) => {
  const { base } = await listen(t, { size: 5 })
  const { page, complaints } = await visit({ locale: 'en' })
  await page.goto(`${base}/report?os=linux`)
  await page.locator('summary', { hasText: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'OS version' }).uncheck()
  await page.getByRole('checkbox', { name: 'Operating system' }).uncheck()
  await page.getByRole('checkbox', { name: 'Total MiB' }).check()
  await page.getByRole('checkbox', { name: 'Mounts' }).check()
  await page.getByRole('button', { name: 'Show columns' }).click()
  await page.waitForURL('**/report?os=linux&fields=ip%2Ccpu_percent%2Cmemory_used_mb%2Clast_seen%2Cfacts.disk.total_mb%2Cfacts.disk.mounts')
  const heads = (await page.locator('thead th').allTextContents()).map((text) => text.replaceAll(/\s+/g, ' ').trim())
  t.deepEqual(heads, ['Hostname', 'Address', 'CPU', 'Memory in use', 'Last seen', 'Disks Total', 'Disks Mounts'])
  t.is(await page.locator('#content tbody tr').first().locator('td').nth(4).locator('> *').count(), 0)
  t.regex((await page.locator('tbody tr').first().textContent())!, /4\sGiB[\s\S]*2 entries/)
  await page.getByRole('link', { name: 'CPU' }).click()
  await page.waitForURL('**sort=cpu_percent**')
  t.is(await page.locator('thead th').count(), 7)

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV' }).click()])
  t.regex(download.suggestedFilename(), /^tatuscan-\d{4}-\d\d-\d\d\.csv$/)
  const lines = (await readFile((await download.path())!, 'utf8')).split('\r\n')
  t.is(lines[0], '\ufeffHostname,Status,Address,CPU (%),Memory in use (MiB),Last seen,Disks · Total (MiB),Disks · Mounts')
  t.deepEqual(lines.slice(1, -1).map((line) => line.split(',')[0]), ['srv-004', 'srv-002', 'srv-000'])
  t.regex(lines[1]!, /^srv-004,online,192\.0\.2\.10,4,1028,\d{4}-\d\d-\d\dT[\d:.]+-04:00,20480,"\[\{""path"":/)
  t.deepEqual(complaints, [])
})

testInChromium('everything can be done by keyboard alone', async (t, visit) => {
  const { app, base, ids } = await listen(t, { size: 3 })
  const { page } = await visit({ locale: 'en' })
  const tabTo = async (what: string) => {
    for (let press = 0; press < 80; press++) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate('document.activeElement.name || (document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent).trim()') as string
      if (focused === what) return
    }
    t.fail(`Tab never reached ${what}`)
  }
  await page.goto(`${base}/`)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  t.is(await page.evaluate('document.activeElement.id'), 'content', 'past the bar at once')
  await page.keyboard.press('/')
  await page.keyboard.type('srv-00')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/report?q=srv-00')
  await tabTo('Filters')
  await page.keyboard.press('Enter')
  await tabTo('status')
  await page.keyboard.press('o')
  await tabTo('Filter')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/report?q=srv-00&status=online')
  await tabTo('CPU')
  await page.keyboard.press('Enter')
  await page.waitForURL('**sort=cpu_percent**')
  await tabTo('srv-002')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/machines/**')
  await tabTo('Edit')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.type('By keyboard')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/machines/*')
  await page.getByText('Saved.').waitFor()
  t.is((await app.machines.find(ids[2]!))?.computer_model, 'By keyboard')
  await tabTo('Remove this machine')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.type('srv-002')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/report**')
  t.is(await app.machines.find(ids[2]!), undefined)
})

testInChromium('filters, columns, editing and removal need no script', async (t, visit) => {
  const { app, base, ids } = await listen(t, { size: 6 })
  const { page } = await visit({ locale: 'en', javaScriptEnabled: false })
  await page.goto(`${base}/report`)
  await page.locator('summary', { hasText: 'Filters' }).click()
  await page.locator('select[name=fact]').selectOption('facts.disk.kind')
  await page.locator('input[name=value]').fill('ssd')
  await page.getByRole('button', { name: 'Filter' }).click()
  t.is(path(page), '/report?facts.disk.kind=ssd')
  t.deepEqual(await hostnames(page), ['srv-000', 'srv-003'])
  await page.locator('summary', { hasText: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Kind' }).check()
  await page.getByRole('button', { name: 'Show columns' }).click()
  t.regex(path(page), /fields=[^&]*facts\.disk\.kind$/)
  t.is(await page.locator('[data-copy]:visible, kbd:visible').count(), 0, 'what needs script is not shown')
  await page.goto(`${base}/machines/${ids[0]}`)
  await page.getByText('Edit', { exact: true }).click()
  await page.getByLabel('Model').fill('Without script')
  await page.getByRole('button', { name: 'Save' }).click()
  t.is((await app.machines.find(ids[0]!))?.computer_model, 'Without script')
  await page.getByText('Remove this machine').click()
  await page.getByLabel('type its hostname').fill('srv-000')
  await page.getByRole('button', { name: 'Remove for good' }).click()
  t.is(await app.machines.find(ids[0]!), undefined)
})

testInChromium('the id of a machine and the command of the first visit are copied by a button', async (t, visit) => {
  const { base, ids } = await listen(t, { size: 1 })
  const { page } = await visit({ locale: 'en', permissions: ['clipboard-read', 'clipboard-write'] })
  const copied = async (t: ExecutionContext, name: string) => {
    await page.getByRole('button', { name }).click()
    await page.locator('[data-copy]', { hasText: 'Copied' }).waitFor()
    return await page.evaluate('navigator.clipboard.readText()')
  }
  await page.goto(`${base}/machines/${ids[0]}`)
  t.is(await copied(t, 'Copy the id'), ids[0]!)
  const first = await listen(t, { size: 0 })
  await page.goto(`${first.base}/`)
  t.is(await copied(t, 'Copy'), `npx tatuscan daemon --url ${first.base}`)
})
