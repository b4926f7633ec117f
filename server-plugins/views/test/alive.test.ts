import { sampleReport } from '@tatuscan/core/testing'
import { testInChromium } from './chromium.ts'
import { listen } from './fleet.ts'

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
