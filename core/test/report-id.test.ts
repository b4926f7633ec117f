import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { createReportIds, keepReportIds, reportSchema } from '../src/index.ts'

test('ids increase strictly, whatever the wall clock does', (t) => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 2 ** 47 }), { minLength: 2 }), (clock) => {
    const ticks = [...clock]
    const next = createReportIds(undefined, () => ticks.shift()!)
    const ids = clock.map(() => next())
    t.deepEqual(ids, [...ids].sort())
    t.is(new Set(ids).size, ids.length)
    for (const id of ids) t.regex(id, new RegExp(reportSchema.properties.report_id.pattern))
  }))
})

test('ids go on after the last one of a former life', (t) => {
  const last = createReportIds(undefined, () => 2 ** 45)()
  t.true(createReportIds(last, () => 0)() > last)
})

/** A state folder of the test's own. */
function stateFolder (t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-ids-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'state')
}

test('kept ids increase strictly over restarts and clock jumps, between processes that share a state folder too', (t) => {
  const folder = stateFolder(t)
  let now = 2 ** 40
  const make = () => keepReportIds({ folder, now: () => now })
  let [one, other] = [make(), make()]
  const ids: string[] = []
  for (const jump of [0, 1, 400 * 86_400_000, -800 * 86_400_000, 0, 5, -1]) {
    now += jump
    ids.push(one.next(), other.next(), other.next(), one.next())
    ;[one, other] = [make(), one]
  }
  t.deepEqual(ids, [...ids].sort())
  t.is(new Set(ids.map((id) => id.slice(0, 13))).size, ids.length)
})

test('an agent that lost its state goes on from the newest id that the server has, and still does so at the next start', (t) => {
  const folder = stateFolder(t)
  const newest = createReportIds(undefined, () => 2 ** 45)()
  const ids = keepReportIds({ folder, now: () => 2 ** 40 })
  t.true(ids.next() < newest)
  ids.goOnAfter(newest)
  const before = keepReportIds({ folder, now: () => 2 ** 40 }).next()
  t.true(before > newest)
  t.true(ids.next() > before)
  ids.goOnAfter(newest)
  t.true(ids.next() > before, 'an older one changes nothing')
})

test('kept ids increase strictly over kill -9 at any moment, though the clock starts anew each time', async (t) => {
  const folder = stateFolder(t)
  const program = `import { keepReportIds } from '${new URL('../src/report-id.ts', import.meta.url)}'
    import { writeSync } from 'node:fs'
    const ids = keepReportIds({ folder: ${JSON.stringify(folder)}, now: () => 2 ** 40 })
    for (;;) writeSync(1, ids.next() + '\\n')`
  const seen: string[] = []
  for (let life = 0; life < 20; life++) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      told += text
      if (told.length > 3700) child.kill('SIGKILL')
    })
    await once(child, 'close')
    const ids = told.split('\n').slice(0, -1)
    t.true(ids.length >= 100)
    seen.push(...ids)
  }
  const unordered = seen.findIndex((id, index) => index > 0 && id <= seen[index - 1]!)
  t.is(unordered, -1, seen.slice(unordered - 1, unordered + 1).join(' then '))
  t.regex(readFileSync(join(folder, 'report-id'), 'utf8'), /^[0-9a-f-]{36}\n$/)
})

test('what is no id of ours, or leaves no room for the next, is passed over; a folder that can’t be used stops nothing', (t) => {
  const folder = stateFolder(t)
  mkdirSync(folder)
  for (const damaged of ['', 'garbage', 'ffffffff-ffff-7fff-bfff-ffffffffffff', '\0\0\0', '2026-11-24']) {
    writeFileSync(join(folder, 'report-id'), damaged)
    const ids = keepReportIds({ folder, now: () => 2 ** 40 })
    ids.goOnAfter(damaged)
    t.is(ids.next().slice(0, 13), '01000000-0000', damaged)
    rmSync(join(folder, 'report-id'))
  }
  writeFileSync(join(folder, 'file'), '')
  const nowhere = keepReportIds({ folder: join(folder, 'file', 'state'), now: () => 5 })
  const first = nowhere.next()
  t.true(nowhere.next() > first)
})
