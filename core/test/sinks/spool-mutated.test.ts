import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { createReportIds, type Report } from '../../src/index.ts'
import { spooled } from '../../src/sinks/index.ts'
import { sampleReport } from '../../src/testing/index.ts'
import { createDestination } from './destination.ts'
import { fakeClock } from './fake-clock.ts'

/** `npm run test:long` asks for more. */
const spools = Number(process.env.TATUSCAN_TEST_MUTATED_SPOOLS ?? 60)
const signal = AbortSignal.timeout(1_200_000)

let seed = 11
const below = (most: number): number => Math.floor((seed = (seed * 48271) % 2147483647) / 2147483647 * most)

/** What may happen to a file of a spool. Each leaves no whole report under the name that it should have. */
const damages: Record<string, (path: string, dir: string) => void> = {
  'a bit flips' (path) {
    const bytes = readFileSync(path)
    bytes[below(bytes.length)]! ^= 1 << below(8)
    writeFileSync(path, bytes)
  },
  'bytes are overwritten' (path) {
    const bytes = readFileSync(path)
    bytes.fill(below(256), below(bytes.length))
    bytes[0] = 0
    writeFileSync(path, bytes)
  },
  'it is cut' (path) { truncateSync(path, below(readFileSync(path).length)) },
  'it is empty' (path) { truncateSync(path, 0) },
  'it grows' (path) { writeFileSync(path, 'more', { flag: 'a' }) },
  'it is huge' (path) { truncateSync(path, 5 * 1024 * 1024) },
  'it holds another’s report' (path, dir) { writeFileSync(path, readFileSync(join(dir, readdirSync(dir).find((name) => !path.endsWith(name))!))) },
  'it is JSON, but not ours' (path) { writeFileSync(path, '{"machine_id":"x"}') },
  'its name is changed' (path) { renameSync(path, path.replace(/.report$/, '.reprot')) },
  'it is a link' (path) {
    rmSync(path)
    symlinkSync('/etc/hostname', path)
  },
  'it is a folder' (path) {
    rmSync(path)
    mkdirSync(path)
  },
  'it is gone' (path) { rmSync(path) }
}

test('of a spool that was damaged every whole report is delivered as it was, in order; the rest holds up nothing', async (t) => {
  t.timeout(1_200_000)
  const names = Object.keys(damages)
  for (let round = 0; round < spools; round++) {
    const dir = mkdtempSync(join(tmpdir(), 'tatuscan-mutated-'))
    const destination = createDestination()
    destination.mood = 'down'
    const options = { dir, clock: fakeClock() }
    const nextId = createReportIds()
    const reports = Array.from({ length: 5 }, (): Report => sampleReport({ report_id: nextId(), schemas: {} }))
    const before = spooled(destination, options)
    await before.write(reports, { signal })
    await before.close()

    const damaged = new Set<string>()
    const done: string[] = []
    for (let times = 1 + below(3); times > 0; times--) {
      const report = reports[below(reports.length)]!
      if (damaged.has(report.report_id)) continue
      const name = names[(round + times) % names.length]!
      damages[name]!(join(dir, `${report.report_id}.report`), dir)
      damaged.add(report.report_id)
      done.push(name)
    }
    if (below(3) === 0) writeFileSync(join(dir, 'dropped'), Buffer.from(Array.from({ length: 200 }, () => below(256))))
    if (below(3) === 0) writeFileSync(join(dir, `.${reports[0]!.report_id}.report.77.tmp`), 'half')

    destination.mood = 'up'
    const after = spooled(destination, options)
    const live = sampleReport({ report_id: nextId(), schemas: {} })
    await after.write([live], { signal })
    await after.flush({ signal })
    await after.close()
    const whole = [...reports, live].filter(({ report_id }) => !damaged.has(report_id))
    t.deepEqual(destination.accepted.map((id) => destination.reports.get(id)), whole, done.join(', '))
    t.deepEqual(readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.report')).map(({ name }) => name), [], done.join(', '))
    rmSync(dir, { recursive: true })
  }
})
