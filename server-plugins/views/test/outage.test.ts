import test from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { auth, createAccounts } from '@tatuscan/server-auth'
import { storage } from '@tatuscan/server-storage'
import Fastify from 'fastify'
import { ownServer, programs } from '../../storage/test/durability/own-server.ts'
import { views } from '../src/index.ts'
import { testInChromium } from './chromium.ts'

const name = 'PostgreSQL away: open pages keep their figures and say so, a page asked for meanwhile says so, and all recover without anybody’s doing, with script and without'

if (programs.postgresql === undefined && process.env.CI !== 'true') test.skip(`${name} (skipped: PostgreSQL is not installed)`, () => {})
else {
  testInChromium(name, async (t, visit) => {
    t.timeout(180_000)
    const database = await ownServer(t, 'postgresql')
    const app = Fastify({ forceCloseConnections: true })
    t.teardown(async () => await app.close())
    await app.register(storage, { url: database.url })
    await app.register(auth)
    await app.register(views, { refresh: 0.3 })
    await app.ready()
    await createAccounts(app.credentials).addFirstAdmin({ name: 'ana', password: 'correct horse battery' })
    const report = sampleReport({ hostname: 'srv-031', failures: [] })
    await app.machines.save(report)
    const base = await app.listen({ port: 0, host: '127.0.0.1' })

    const { page: first } = await visit({ locale: 'en' })
    await first.goto(base)
    await first.getByLabel('Name').fill('ana')
    await first.getByLabel('Password').fill('correct horse battery')
    await first.keyboard.press('Enter')
    await first.waitForURL(`${base}/`)
    const storageState = await first.context().storageState()
    const { page: late } = await visit({ locale: 'en', storageState })
    const { page: plain } = await visit({ locale: 'pt-BR', storageState, javaScriptEnabled: false })
    const open = [first]
    for (const path of ['/report', '/charts', `/machines/${report.machine_id}`]) {
      const page = await first.context().newPage()
      await page.goto(base + path)
      open.push(page)
    }
    for (const page of open) await page.evaluate('window.neverReloaded = true')

    await database.crash()
    for (const page of open) {
      await page.getByText('The server does not answer.').waitFor()
      t.true(await page.locator('main').getByText('srv-031').first().isVisible(), 'figures of before are worth more than an error')
    }
    for (const [page, words] of [[late, 'The database does not answer'], [plain, 'O banco de dados não responde']] as const) {
      const answer = await page.goto(`${base}/report`)
      t.is(answer?.status(), 503)
      t.regex(answer?.headers()['retry-after'] ?? '', /^\d+$/)
      t.true(await page.getByText(words).isVisible())
    }

    await database.start()
    for (const page of [late, plain]) await page.getByText('srv-031').first().waitFor({ timeout: 90_000 })
    for (const page of open) {
      await page.getByText('The server does not answer.').waitFor({ state: 'hidden', timeout: 90_000 })
      t.true(await page.evaluate('window.neverReloaded'))
    }
    await app.machines.save(sampleReport({ hostname: 'srv-031', os_version: 'After the outage', failures: [] }))
    await open[1]!.getByText('After the outage').waitFor()
  })
}
