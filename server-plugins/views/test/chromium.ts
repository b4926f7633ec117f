import { existsSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--headless'
]

let browser: Promise<Browser> | undefined

export interface Visit {
  readonly page: Page
  /** What the browser complained of: scripts that failed, and what the content security policy kept from loading. */
  readonly complaints: readonly string[]
}

/** A test in a real browser: skipped where there is none, except in CI. */
export function testInChromium (title: string, body: (t: ExecutionContext, visit: (options?: BrowserContextOptions) => Promise<Visit>) => Promise<void>): void {
  if (!existsSync(executablePath) && process.env.CI !== 'true') {
    test.skip(`${title} (skipped: there is no ${executablePath})`, () => {})
    return
  }
  test.serial(title, async (t) => {
    browser ??= chromium.launch({ executablePath, args })
    const opened = await browser
    await body(t, async (options) => {
      const context = await opened.newContext(options)
      t.teardown(async () => await context.close())
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => { if (message.type() === 'error' || /Content Security Policy/.test(message.text())) complaints.push(message.text()) })
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('dialog', async (dialog) => {
        complaints.push(`a dialog: ${dialog.message()}`)
        await dialog.dismiss()
      })
      return { page, complaints }
    })
  })
}

test.after.always(async () => await (await browser)?.close())
