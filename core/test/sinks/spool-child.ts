/**
 * The agent that the crash tests kill: makes reports and delivers them through a spool, and ends itself with SIGKILL at
 * one step of the spool, counted over all that it asks of its disk: before it, in the middle of a write, or after it.
 * Its parent plays the server and hears of each report as it is made and kept. Lines on stdout: `made ID`, `kept ID`, `point NAME`.
 *
 * Usage: node spool-child.ts <folder> <url> <step to die at> <before|amid|after> <reports to make>
 */
import { writeSync } from 'node:fs'
import { basename } from 'node:path'
import { createReportIds } from '../../src/index.ts'
import { httpSink, spooled, type SpoolFiles } from '../../src/sinks/index.ts'
import { realFiles } from '../../src/sinks/spool/files.ts'
import { sampleReport } from '../../src/testing/index.ts'

const [dir, url, step, when, count] = process.argv.slice(2)
let steps = 0

function die (point: string): void {
  writeSync(1, `point ${point}\n`)
  process.kill(process.pid, 'SIGKILL')
}

/** The kind of file that a step is about, for the name of its point. */
function kindOf (path: unknown): string {
  const name = basename(String(path))
  if (/\.tmp$/.test(name)) return /dropped/.test(name) ? 'ledger.tmp' : 'report.tmp'
  return /\.report$/.test(name) ? 'report' : ['dropped', 'rejected', 'bad'].includes(name) ? name : 'folder'
}

async function at<Result> (name: string, work: () => Promise<Result>, amid?: () => Promise<unknown>): Promise<Result> {
  const mine = ++steps === Number(step)
  const point = `${when} ${name}`
  if (mine && when === 'amid' && amid !== undefined) await amid()
  if (mine && when !== 'after') die(point)
  const result = await work()
  if (mine) die(point)
  return result
}

const files: SpoolFiles = {
  ...realFiles,
  async open (path, ...rest) {
    const file = await at(`open ${kindOf(path)}`, async () => await realFiles.open(path, ...rest))
    return {
      writeFile: async (content: string) => await at(`write ${kindOf(path)}`, async () => await file.writeFile(content), async () => await file.writeFile(content.slice(0, content.length / 2))),
      sync: async () => await at(`sync ${kindOf(path)}`, async () => await file.sync()),
      close: async () => await at(`close ${kindOf(path)}`, async () => await file.close())
    }
  },
  rename: async (from, to) => await at(`rename ${kindOf(from)}`, async () => await realFiles.rename(from, to)),
  unlink: async (path) => await at(`unlink ${kindOf(path)}`, async () => await realFiles.unlink(path))
}

const sink = spooled(httpSink({ url: url!, environment: {} }), { dir: dir!, files, maxReports: 12 })
const { signal } = new AbortController()
const nextId = createReportIds()
for (let index = 0; index < Number(count); index++) {
  const report = sampleReport({ hostname: 'crashing', report_id: nextId() })
  writeSync(1, `made ${report.report_id}\n`)
  await sink.write([report], { signal })
  writeSync(1, `kept ${report.report_id}\n`)
}
await sink.flush({ signal }).catch(() => {})
await sink.close()
