import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { collectReport, type Collector } from '@tatuscan/core'
import { testCollector } from '@tatuscan/core/testing'
import { commandOf, isExecutable } from '../src/command.ts'
import { factsFile } from '../src/index.ts'
import { readFacts } from '../src/read-facts.ts'
import { createSlots } from '../src/slots.ts'

const dir = await mkdtemp(join(tmpdir(), 'tatuscan-exec-'))
test.after.always(async () => await rm(dir, { recursive: true }))
let written = 0

/** A collector around a shell script, or around a file of another kind. */
async function file (content: string, extension = '.sh', options = {}): Promise<Collector> {
  const path = join(dir, `f${written++}${extension}`)
  await writeFile(path, extension === '.sh' ? `#!/bin/sh\n${content}` : content, { mode: 0o755 })
  return factsFile({ path, name: 'gpu', ...options })
}

const neighbour: Collector = { name: 'neighbour', schema: { type: 'object' }, collect: async () => ({ fine: true }) }

async function report (collector: Collector, timeoutMs = 30_000) {
  const { facts, failures } = await collectReport({ collectors: [neighbour, collector], timeoutMs })
  return { facts: facts.gpu, failures }
}

const scripts = { fine: 'echo \'{"model": "RTX 5090"}\'', absent: 'exit 0', broken: 'echo "no driver" >&2; exit 3' }
for (const [name, content] of Object.entries(scripts)) {
  test.before(async () => { await writeFile(join(dir, `${name}.sh`), `#!/bin/sh\n${content}\n`, { mode: 0o755 }) })
}
testCollector(test, {
  make: () => factsFile({ path: join(dir, 'fine.sh') }),
  makeAbsent: () => factsFile({ path: join(dir, 'absent.sh') }),
  makeBroken: () => factsFile({ path: join(dir, 'broken.sh') }),
  timeoutMs: 60_000
})

test('what an executable prints as one JSON object are the facts, whatever its language', async (t) => {
  t.deepEqual(await report(await file('echo \'{"model": "RTX 5090",\n "vram_mb": 32768}\'')), { facts: { model: 'RTX 5090', vram_mb: 32768 }, failures: [] })
  t.deepEqual((await report(await file(`#!${process.execPath}\nconsole.log(JSON.stringify({ two: 1 + 1 }))`, ''))).facts, { two: 2 })
  t.deepEqual((await report(await file('echo \'{"no": "shebang"}\'', ''))).facts, { no: 'shebang' }, 'a script without an interpreter is the shell’s')
})

test('what a .json file holds are the facts, read anew each time, also with a byte order mark; it is never run', async (t) => {
  const path = join(dir, 'asset.json')
  await writeFile(path, '\ufeff{"tag": "A-1"}', { mode: 0o755 })
  const collector = factsFile({ path })
  t.is(collector.name, 'asset')
  const { signal } = new AbortController()
  t.deepEqual(await collector.collect({ signal }), { tag: 'A-1' })
  await writeFile(path, '{"tag": "A-2"}')
  t.deepEqual(await collector.collect({ signal }), { tag: 'A-2' })
})

const failing: [string, string, string, RegExp, string?][] = [
  ['exits with 3', 'echo "\n no driver \nmore" >&2; exit 3', 'TATUSCAN_COLLECTOR_FAILED', /f\d+\.sh ended with exit code 3: no driver$/],
  ['fails without a word', 'exit 1', 'TATUSCAN_COLLECTOR_FAILED', /exit code 1 and wrote no reason/],
  ['prints facts and fails', 'echo "{}"; exit 1', 'TATUSCAN_COLLECTOR_FAILED', /exit code 1/],
  ['is ended by a signal', 'kill -TERM $$', 'TATUSCAN_COLLECTOR_FAILED', /was ended by SIGTERM/],
  ['has an interpreter that is not there', '#!/no/such/interpreter\n', 'TATUSCAN_COLLECTOR_FAILED', /exit code 12[67]: .*not found|no such/i, ''],
  ['prints no JSON', 'echo hello', 'TATUSCAN_FACTS_INVALID', /^what it printed is no JSON/],
  ['prints two objects', 'echo "{}{}"', 'TATUSCAN_FACTS_INVALID', /^what it printed is no JSON/],
  ['prints a list', 'echo "[1]"', 'TATUSCAN_FACTS_INVALID', /one JSON object such as/],
  ['prints a key twice', 'echo \'{"a":{"b":1,"b":2}}\'', 'TATUSCAN_FACTS_INVALID', /what it printed: \/a\/b is there twice/],
  ['prints __proto__', 'echo \'{"__proto__":{}}\'', 'TATUSCAN_FACTS_INVALID', /__proto__/],
  ['prints more than facts may be', `echo '{"a":"${'x'.repeat(40_000)}"}'`, 'TATUSCAN_FACTS_TOO_LARGE', /32768 bytes/],
  ['prints without end', 'yes', 'TATUSCAN_COLLECTOR_OUTPUT', /answered more than 262144 bytes/],
  ['complains without end', 'yes >&2', 'TATUSCAN_COLLECTOR_OUTPUT', /wrote more than/],
  ['is JSON cut short', '{"a":', 'TATUSCAN_FACTS_INVALID', /f\d+\.json is no JSON/, '.json'],
  ['is a huge .json', ' '.repeat(300_000), 'TATUSCAN_FACTS_TOO_LARGE', /at most 262144 are read/, '.json']
]
for (const [what, content, code, message, extension] of failing) {
  test(`a file that ${what} costs its row in failures, which says why`, async (t) => {
    const { facts, failures } = await report(await file(content, extension))
    t.is(facts, undefined)
    t.is(failures.length, 1)
    t.is(failures[0]!.code, code, failures[0]!.message)
    t.regex(failures[0]!.message, message)
  })
}

test('an executable that overstays is killed with what it started', async (t) => {
  const pids = join(dir, 'pids')
  const collector = await file(`sleep 1000 & echo $$ $! > ${pids}.new; mv ${pids}.new ${pids}; wait`)
  t.is((await report(collector, 2000)).failures[0]?.code, 'TATUSCAN_COLLECTOR_TIMEOUT')
  for (const pid of (await readFile(pids, 'utf8')).trim().split(' ')) t.true(await gone(pid), `${pid} is still there`)
})

test('a child that an executable leaves behind, holding its stdout, holds nothing up and is gone', async (t) => {
  const pid = join(dir, 'pid')
  const { facts } = await report(await file(`sleep 1000 & echo $! > ${pid}; echo '{"a": 1}'`))
  t.deepEqual(facts, { a: 1 })
  t.true(await gone((await readFile(pid, 'utf8')).trim()))
})

test('an executable gets no input, starts in its own folder, and sees no secret', async (t) => {
  process.env.TATUSCAN_TOKEN = 'secret'
  t.teardown(() => { delete process.env.TATUSCAN_TOKEN })
  const { facts } = await report(await file('cat; echo "{\\"folder\\": \\"$PWD\\", \\"token\\": \\"$TATUSCAN_TOKEN\\"}"'))
  t.deepEqual(facts, { folder: dir, token: '' })
})

test('at most as many run at once as there are slots, and all get their turn', async (t) => {
  let running = 0
  let most = 0
  const slots = createSlots(4)
  const done = await Promise.allSettled(Array.from({ length: 20 }, async (_, index) => await slots(async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (index % 3 === 0) throw new Error('a slot is given back in any case')
    return index
  })))
  t.is(most, 4)
  t.is(done.filter(({ status }) => status === 'fulfilled').length, 13)
})

test('every JSON object that JSON.stringify prints is read as it was', (t) => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__' && key.isWellFormed() && !key.includes('\0')), fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null))), (facts) => {
    const text = JSON.stringify(facts)
    t.deepEqual(readFacts(Buffer.from(`\n${text}\n`), 'it'), JSON.parse(text))
  }))
})

test('on Windows the extension says what is run, and batch files and PowerShell scripts go through their interpreters', (t) => {
  t.deepEqual(['a.exe', 'a.CMD', 'a.ps1', 'a.sh', 'a'].map((name) => isExecutable(name, 0o777, 'win32')), [true, true, true, false, false])
  t.is(commandOf('C:\\facts d\\gpu.exe', 'win32').command, 'C:\\facts d\\gpu.exe')
  t.deepEqual(commandOf('C:\\facts d\\gpu.cmd', 'win32').args.at(-1), '""C:\\facts d\\gpu.cmd""')
  t.like(commandOf('C:\\gpu.ps1', 'win32'), { command: 'powershell.exe' })
})

/** Whether a process ends within 10 seconds; a zombie has. */
async function gone (pid: string): Promise<boolean> {
  for (let tries = 0; tries < 1000; tries++) {
    if (!/^State:\s+[^ZX\s]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))) return true
    await sleep(10)
  }
  return false
}
