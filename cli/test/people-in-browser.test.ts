import { sampleReport } from '@tatuscan/core/testing'
import type { ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { axeViolations } from '../../server-plugins/views/test/axe.ts'
import { testInChromium } from '../../server-plugins/views/test/chromium.ts'
import { corpus } from '../../server-plugins/views/test/corpus.ts'
import { serveWithAccess } from './access.ts'
import { run } from './run.ts'

const password = 'correct horse battery'

/** Types what a form asks for, from the field that has the focus on, and sends it by Enter. */
async function type (page: Page, ...fields: readonly string[]): Promise<void> {
  await page.locator('input:focus').waitFor()
  for (const [index, text] of fields.entries()) {
    if (index > 0) await page.keyboard.press('Tab')
    await page.keyboard.type(text)
  }
  await page.keyboard.press('Enter')
}

/** A server in which nobody is yet, and an admin's token, made beside it. */
async function serve (t: ExecutionContext) {
  const { url, folder, setupLink } = await serveWithAccess(t)
  const { stdout } = await run(['tokens', 'create', '--role', 'admin'], { TATUSCAN_DB_DIR: folder })
  const token = stdout.trim()
  const report = sampleReport({ hostname: 'srv-031' })
  const answer = await fetch(`${url}/api/machines`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(report) })
  t.is(answer.status, 201, await answer.text())
  return { url, setupLink: setupLink!, machine: `${url}/machines/${report.machine_id}`, env: { TATUSCAN_URL: url, TATUSCAN_TOKEN: token } }
}

testInChromium('the first admin is made by keyboard, changes machines and sees who they are; a viewer only looks; logging out ends the session in every tab', async (t, visit) => {
  const { url, setupLink, machine, env } = await serve(t)
  const { page: admin, complaints } = await visit({ locale: 'en' })
  await admin.goto(setupLink)
  await type(admin, 'ana', password)
  await admin.waitForURL(`${url}/`)
  await admin.goto(machine)
  const account = admin.locator('summary', { hasText: 'ana' })
  t.is(await account.getAttribute('aria-label'), 'Account: ana')
  await admin.getByText('Edit', { exact: true }).click()
  await admin.getByLabel('Model').fill('OptiPlex')
  await admin.getByRole('button', { name: 'Save' }).click()
  await admin.getByText('Saved.').waitFor()
  t.true(await admin.getByText('Remove this machine').isVisible())

  t.is((await run(['users', 'add', 'bia', '--role', 'viewer'], { ...env, TATUSCAN_PASSWORD: password })).code, 0)
  const { page: viewer } = await visit({ locale: 'pt-BR' })
  await viewer.goto(machine)
  t.is(new URL(viewer.url()).pathname, '/login')
  t.is(await viewer.locator('h1').textContent(), 'Entrar')
  await type(viewer, 'bia', password)
  await viewer.waitForURL(machine)
  t.true(await viewer.getByText('OptiPlex').isVisible())
  t.is(await viewer.locator('main form, .edit, .removal').count(), 0)
  const forced = await viewer.evaluate(`fetch(location.href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-csrf-token': document.querySelector('[name=_csrf]').value },
    body: new URLSearchParams({ hostname: 'srv-031', _csrf: document.querySelector('[name=_csrf]').value })
  }).then(({ status }) => status)`)
  t.is(forced, 403, 'what is not shown is not allowed either')
  t.is((await viewer.goto(machine))?.status(), 200, 'the machine is still there')

  const tab = await viewer.context().newPage()
  await tab.goto(`${url}/report`)
  const cookies = await viewer.context().cookies()
  await viewer.locator('summary', { hasText: 'bia' }).focus()
  await viewer.keyboard.press('Enter')
  await viewer.keyboard.press('Tab')
  await viewer.keyboard.press('Enter')
  await viewer.waitForURL(`${url}/login`)
  await tab.getByText('Você saiu da sua conta.').waitFor()
  await viewer.context().addCookies(cookies.filter(({ name }) => name === 'tatuscan_session'))
  await viewer.goto(machine)
  t.is(new URL(viewer.url()).pathname, '/login', 'the session itself is gone, not only its cookie')
  await admin.goto(machine)
  t.is(new URL(admin.url()).pathname, new URL(machine).pathname, 'and nobody else’s')
  t.deepEqual(complaints, [])
})

testInChromium('the pages to log in, to log out and to make the first admin: axe finds nothing, nothing is wider than a phone, whatever is typed is text', async (t, visit) => {
  const { url, setupLink } = await serve(t)
  const nobodys = corpus.filter((text) => !/^[\w.@+-]{1,64}$/.test(text)) // what is left can be somebody's name
  let turn = 0
  type Fine = (what: string) => Promise<void>
  const everywhere = async (look: (page: Page, fine: Fine, words: { readonly wrong: string, readonly badName: string }, evils: readonly string[]) => Promise<void>) => {
    for (const [locale, words] of [['en', { wrong: 'don’t belong together', badName: '1 to 64 letters' }], ['pt-BR', { wrong: 'não combinam', badName: '1 a 64 letras' }]] as const) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints } = await visit({ locale, colorScheme, viewport: { width: 360, height: 740 } })
        const fine: Fine = async (what) => {
          t.deepEqual(await axeViolations(page), [], `${what} ${locale} ${colorScheme}`)
          t.true(await page.evaluate('document.documentElement.scrollWidth') as number <= 360, what)
          t.is(await page.locator('html').getAttribute('lang'), locale)
        }
        await look(page, fine, words, nobodys.filter((_, index) => index % 4 === turn % 4))
        turn++
        t.deepEqual(complaints.filter((text) => !/status of 4\d\d/.test(text)), [], 'a refusal is all that the browser complains of')
      }
    }
  }

  await everywhere(async (page, fine, { badName }, evils) => {
    await page.goto(`${url}/login`)
    await fine('nobody may log in yet')
    await page.goto(setupLink)
    await fine('setup')
    for (const evil of evils) {
      await page.locator('[name=name]').fill(evil)
      await page.locator('[name=password]').fill(password)
      await page.keyboard.press('Enter')
      await page.getByText(badName).waitFor()
      t.is(await page.locator('img, script').count(), 0)
    }
    await fine('setup refused')
    await page.goto(`${url}/setup?code=wrong`)
    await fine('setup closed')
  })
  const { page: first } = await visit({ locale: 'en' })
  await first.goto(setupLink)
  await type(first, 'ana', password)
  await first.waitForURL(`${url}/`)
  await everywhere(async (page, fine, { wrong }, evils) => {
    await page.goto(`${url}/login?next=${encodeURIComponent(corpus[0]!)}`)
    await fine('login')
    for (const evil of evils) {
      await page.locator('[name=name]').fill(evil)
      await page.locator('[name=password]').fill(evil)
      const typed = await page.locator('[name=name]').inputValue()
      await page.keyboard.press('Enter')
      await page.getByText(wrong).waitFor()
      t.is(await page.locator('[name=name]').inputValue(), typed, 'what was typed is not lost')
      t.is(await page.locator('img, script').count(), 0)
    }
    await fine('login refused')
  })
  await first.goto(`${url}/logout`)
  t.deepEqual(await axeViolations(first), [])
  t.true(await first.getByText('You are logged in as ana.').isVisible())
})
