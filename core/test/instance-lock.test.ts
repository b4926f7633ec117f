import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { lockHolder, lockInstance } from '../src/index.ts'

const module = new URL('../src/instance-lock.ts', import.meta.url).href
const script = `import { lockInstance } from ${JSON.stringify(module)}
try { lockInstance(process.argv[1]); console.log('locked'); setInterval(() => {}, 1e6) } catch ({ code, message }) { console.log(code + ' ' + message); }`

function temporary (t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-lock-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Another process that takes the lock; what it said first. */
async function other (t: ExecutionContext, folder: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [said] = await once(child.stdout, 'data') as [Buffer]
  return { child, pid: child.pid!, said: said.toString().trim() }
}

test('a second agent in the same folder is refused with the number of the first, and a third once it has ended is not', async (t) => {
  const folder = join(temporary(t), 'state')
  const first = await other(t, folder)
  t.is(first.said, 'locked')
  t.is(lockHolder(folder), first.pid)
  t.throws(() => lockInstance(folder), { code: 'TATUSCAN_ALREADY_RUNNING', message: new RegExp(`process ${first.pid} `) } as object)
  t.is(statSync(folder).mode & 0o777, 0o700)

  first.child.kill('SIGKILL')
  await once(first.child, 'close')
  t.true(existsSync(join(folder, 'daemon.lock')), 'kill -9 leaves the file')
  t.is(lockHolder(folder), undefined)
  const unlock = lockInstance(folder)
  t.is(lockHolder(folder), process.pid)
  unlock()
  t.deepEqual(readdirSync(folder), [])
})

test('of ten agents that start at once beside a stale lock one runs', async (t) => {
  const folder = temporary(t)
  writeFileSync(join(folder, 'daemon.lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }))
  const said = (await Promise.all(Array.from({ length: 10 }, async () => await other(t, folder)))).map((one) => one.said.replace(/ .*/, ''))
  t.deepEqual(said.sort(), [...Array.from({ length: 9 }, () => 'TATUSCAN_ALREADY_RUNNING'), 'locked'])
  t.deepEqual(readdirSync(folder), ['daemon.lock'])
})

test('a later process with the number of one that is gone holds no lock', (t) => {
  const folder = temporary(t)
  const unlock = lockInstance(folder)
  const file = join(folder, 'daemon.lock')
  const { pid, started } = JSON.parse(readFileSync(file, 'utf8'))
  t.is(pid, process.pid)
  unlock()
  writeFileSync(file, JSON.stringify({ pid, started: started.replace(/ \d+ /, ' 1 ') }))
  t.is(lockHolder(folder), undefined)
  t.notThrows(lockInstance(folder))
})

for (const text of ['', '{', '{"pid":0,"started":""}', '{"pid":"1","started":""}', 'null']) {
  test(`a lock that says ${JSON.stringify(text)} is nobody’s`, (t) => {
    const folder = temporary(t)
    writeFileSync(join(folder, 'daemon.lock'), text)
    t.is(lockHolder(folder), undefined)
    t.notThrows(lockInstance(folder))
  })
}

test('letting go does not take the lock from another that has it by now', (t) => {
  const folder = temporary(t)
  const unlock = lockInstance(folder)
  writeFileSync(join(folder, 'daemon.lock'), '{"pid":1,"started":"x"}')
  unlock()
  t.true(existsSync(join(folder, 'daemon.lock')))
})

test('where nothing can be written there is no lock, and no error', (t) => {
  const file = join(temporary(t), 'file')
  writeFileSync(file, '')
  t.notThrows(() => lockInstance(join(file, 'state'))())
})
