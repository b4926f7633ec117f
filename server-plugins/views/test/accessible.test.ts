import { sampleReport } from '@tatuscan/core/testing'
import { axeViolations } from './axe.ts'
import { testInChromium } from './chromium.ts'
import { corpus } from './corpus.ts'
import { listen } from './fleet.ts'

testInChromium('axe finds nothing wrong with any page, light or dark', async (t, visit) => {
  const { base, ids } = await listen(t)
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await visit({ colorScheme, locale: 'en' })
    for (const path of ['/', '/report', '/report?os=linux&fields=ip,facts.disk.kind,facts.disk.mounts', '/report?q=nobody', '/charts', `/machines/${ids[4]}`, '/nowhere']) {
      await page.goto(base + path)
      await page.evaluate('for (const details of document.querySelectorAll("main details")) details.open = true')
      t.deepEqual(await axeViolations(page), [], `${colorScheme} ${path}`)
    }
  }
})

testInChromium('whatever a machine says, on every page, in both languages: text, no wider than a phone, no dialog, and nothing refused', async (t, visit) => {
  const { app, base } = await listen(t, { size: 0 })
  const ids: string[] = []
  for (const [index, evil] of corpus.entries()) {
    const { machine } = await app.machines.save({
      ...sampleReport({
        hostname: evil,
        ip: evil,
        os: evil,
        os_version: evil,
        agent_version: evil,
        facts: { sample: { [evil]: evil, list: [evil], rows: [{ [evil]: evil }], deep: { [evil]: evil } } },
        failures: [{ collector: 'sample', code: evil, message: evil, ms: 1 }],
        schemas: { [`sample${index}`]: { type: 'object', title: evil, properties: { plain: { title: evil, unit: evil } } } }
      }),
      computer_model: evil
    })
    ids.push(machine.machine_id)
  }
  for (const locale of ['en', 'pt-BR']) {
    const { page, complaints } = await visit({ locale, viewport: { width: 360, height: 740 } })
    const searches = corpus.map((evil) => `/report?q=${encodeURIComponent(evil)}&os=${encodeURIComponent(evil)}&fields=${encodeURIComponent(evil)}&sort=${encodeURIComponent(evil)}`)
    for (const path of ['/', '/report', '/charts', ...searches, ...ids.map((id) => `/machines/${id}`)]) {
      await page.goto(base + path)
      t.true(await page.evaluate('document.documentElement.scrollWidth') as number <= 360, path)
      t.is(await page.locator('img, main script').count(), 0, path)
    }
    t.deepEqual(complaints, [])
  }
})
