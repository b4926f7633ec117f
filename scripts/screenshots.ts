/**
 * `npm run screenshots [folder]`: pictures of the pages, of a real server with a fleet that could be somebody's, wide and
 * on a phone, light and dark, into docs/images. Needs Chromium at /usr/bin/chromium.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { fleet } from './screenshots/fleet.ts'
import { age, builtInSchemas, report, serve } from './screenshots/server.ts'

const into = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url))
const widths = { wide: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } }

const folder = mkdtempSync(join(tmpdir(), 'tatuscan-screenshots-'))
mkdirSync(into, { recursive: true })
const machines = fleet(1204, builtInSchemas())

const empty = await serve(folder)
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--headless'] })
try {
  await picture(empty.url, { first: '/' })
  await report(empty.url, machines)
  await empty.end()
  age(join(folder, 'tatuscan.db'), machines)
  const server = await serve(folder)
  try {
    const pc = machines.find(({ report: { failures }, silentFor }) => failures.length > 0 && silentFor < 60_000)!
    await picture(server.url, {
      dashboard: '/',
      report: '/report?os=linux&sort=memory_used_mb&dir=desc',
      machine: `/machines/${pc.report.machine_id}`,
      charts: '/charts'
    })
  } finally {
    await server.end()
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

async function picture (url: string, pages: Record<string, string>): Promise<void> {
  for (const [width, viewport] of Object.entries(widths)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'en', reducedMotion: 'reduce' })
      const page = await context.newPage()
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(url + path)
        await page.screenshot({ path: join(into, `${name}-${width}-${colorScheme}.png`) })
      }
      await context.close()
    }
  }
}
