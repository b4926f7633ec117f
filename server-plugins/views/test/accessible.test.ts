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

testInChromium('on paper a page is light, holds neither bar nor tools, cuts no column, and says when it was instead of how long ago', async (t, visit) => {
  const { base, ids } = await listen(t)
  const columns = 'ip,os,os_version,cpu_percent,memory_used_mb,memory_total_mb,last_seen,created_at,agent_version,facts.disk.total_mb,facts.disk.kind,facts.disk.mounts'
  for (const path of ['/', '/report', `/report?fields=${columns}`, `/machines/${ids[4]}`]) {
    const { page } = await visit({ colorScheme: 'dark', locale: 'en', viewport: { width: 718, height: 1000 } }) // A4 less its margins
    await page.goto(`${base}${path}${path.includes('?') ? '&' : '?'}theme=dark`)
    await page.emulateMedia({ media: 'print' })
    t.is(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
    t.is(await page.locator('header:visible, form:visible, .tools:visible, .edit:visible, .removal:visible, button:visible').count(), 0, path)
    const cut = '[...document.querySelectorAll(\'main *\')].filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > 718.5 && node.closest(\'.hidden\') === null).map(({ outerHTML }) => outerHTML.slice(0, 200))'
    t.deepEqual(await page.evaluate(cut), [], path)
    if (!path.startsWith('/report')) continue
    const columnsShown = '[...document.querySelectorAll(\'.machines thead th, .machines tbody tr:first-child > *\')].every((node) => node.offsetWidth > 0)'
    t.true(await page.evaluate(columnsShown) as boolean)
    t.is(await page.evaluate('getComputedStyle(document.querySelector(".last_seen time")).fontSize'), '0px')
    t.regex(await page.evaluate('getComputedStyle(document.querySelector(".last_seen time"), "::after").content') as string, /^attr\(title\)$|20\d\d/)
    t.true((await page.pdf({ format: 'A4' })).length > 5000)
  }
})
