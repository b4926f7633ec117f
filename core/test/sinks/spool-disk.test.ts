import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { createReportIds, DeliveryError } from '../../src/index.ts'
import { spooled, type SpoolEvent } from '../../src/sinks/index.ts'
import { sampleReport } from '../../src/testing/index.ts'
import { createDestination, type Destination } from './destination.ts'
import { fakeClock } from './fake-clock.ts'

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' })

/** A file system of 1 MiB of its own; undefined where the user may not mount one. */
function tmpfs (t: ExecutionContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-disk-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  try {
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder)
  } catch (error) {
    if (process.env.CI === 'true') throw error
    t.log('not run: mounting a file system needs root')
    t.pass()
    return undefined
  }
  t.teardown(() => execFileSync('umount', ['-l', folder]))
  return folder
}

function open (t: ExecutionContext, dir: string, destination: Destination = createDestination()) {
  const events: SpoolEvent['type'][] = []
  const clock = fakeClock()
  const sink = spooled(destination, { dir, clock, onEvent: ({ type }) => events.push(type) })
  t.teardown(async () => await sink.close())
  const signal = AbortSignal.timeout(60_000)
  return {
    destination,
    clock,
    events,
    diskEvents: () => events.filter((type) => type.startsWith('disk')),
    write: async (id: string, text = '') => await sink.write([sampleReport({ report_id: id, schemas: {}, facts: { sample: { text } } })], { signal }),
    flush: async () => await sink.flush({ signal }),
    close: async () => await sink.close()
  }
}

const kept = (dir: string) => readdirSync(dir).filter((name) => name.endsWith('.report')).map((name) => name.slice(0, -7)).sort()

test('while the disk is full reports go out live, with one line about it; nothing kept is lost, and the spool is used again', async (t) => {
  const disk = tmpfs(t)
  if (disk === undefined) return
  const dir = join(disk, 'spool')
  const nextId = createReportIds()
  const spool = open(t, dir)
  const { destination, clock } = spool
  destination.mood = 'down'
  const ids: string[] = []
  const failures: unknown[] = []
  for (let index = 0; index < 60; index++) {
    ids.push(nextId())
    await spool.write(ids.at(-1)!, 'x'.repeat(30_000)).catch((error: unknown) => failures.push(error))
  }
  const onDisk = kept(dir)
  t.true(onDisk.length > 10 && onDisk.length < 40, `${onDisk.length}`)
  t.is(failures.length, 60 - onDisk.length)
  t.true(failures.every((error) => error instanceof DeliveryError))
  t.deepEqual(spool.diskEvents(), ['disk-failed'])
  t.deepEqual(readdirSync(dir).filter((name) => name.endsWith('.tmp')), [])

  destination.mood = 'up'
  clock.advance(600_000)
  while (destination.accepted.length < 60) await sleep(5)
  t.deepEqual(destination.accepted, ids, 'also those that were held in memory, in order')
  ids.push(nextId())
  await spool.write(ids.at(-1)!)
  await spool.flush()
  t.deepEqual(spool.diskEvents(), ['disk-failed', 'disk-works'])
  t.deepEqual(destination.accepted, ids)
  t.deepEqual(kept(dir), [])
})

test('on a full disk a report that arrives live is no failure', async (t) => {
  const disk = tmpfs(t)
  if (disk === undefined) return
  const spool = open(t, join(disk, 'spool'))
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(1024 * 1024 - 8192), { flag: 'w' })
  try { writeFileSync(join(disk, 'more'), Buffer.alloc(8192)) } catch {} // whatever still fits
  const nextId = createReportIds()
  const ids = [nextId(), nextId(), nextId()]
  for (const id of ids) await spool.write(id, 'x'.repeat(9000))
  t.deepEqual(spool.destination.accepted, ids)
  t.deepEqual(spool.diskEvents(), ['disk-failed'])
})

test('on a disk that became read-only what was kept is delivered once, and live reports go out; once it is writable it is used again', async (t) => {
  const disk = tmpfs(t)
  if (disk === undefined) return
  const dir = join(disk, 'spool')
  const nextId = createReportIds()
  const spool = open(t, dir)
  const { destination, clock } = spool
  destination.mood = 'down'
  const ids = Array.from({ length: 5 }, nextId)
  for (const id of ids) await spool.write(id)
  while (clock.sleeping === 0) await sleep(2)
  mount('-o', 'remount,ro', disk)
  t.teardown(() => { try { mount('-o', 'remount,rw', disk) } catch {} })
  destination.mood = 'up'
  clock.advance(10_000)
  while (destination.accepted.length < 5) await sleep(2)
  for (let index = 0; index < 3; index++) {
    ids.push(nextId())
    await spool.write(ids.at(-1)!)
  }
  t.deepEqual(destination.accepted, ids)
  t.is(destination.batches.reduce((a, b) => a + b, 0), 9, 'one in vain, and each of the eight once')
  t.is(kept(dir).length, 5, 'their files can’t be removed')
  t.deepEqual(spool.diskEvents(), ['disk-failed'])

  await spool.close()
  const again = open(t, dir, destination)
  await again.flush()
  await again.close()
  t.deepEqual(destination.accepted, ids, 'another start sends them once more, and the server knows them')
  mount('-o', 'remount,rw', disk)
  const last = open(t, dir, destination)
  ids.push(nextId())
  await last.write(ids.at(-1)!)
  await last.flush()
  t.deepEqual(destination.accepted, ids)
  t.deepEqual(kept(dir), [])
})

test('a folder that vanishes is made again; one that can’t be is no reason to keep reports back', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tatuscan-disk-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const dir = join(root, 'deep', 'spool')
  const nextId = createReportIds()
  const spool = open(t, dir)
  const ids = Array.from({ length: 6 }, nextId)
  await spool.write(ids[0]!)
  await spool.flush()
  rmSync(join(root, 'deep'), { recursive: true })
  await spool.write(ids[1]!)
  await spool.flush()
  t.true(existsSync(dir))
  renameSync(join(root, 'deep'), join(root, 'elsewhere'))
  writeFileSync(join(root, 'deep'), 'a file where the folder should be')
  await spool.write(ids[2]!)
  await spool.write(ids[3]!)
  t.deepEqual(spool.destination.accepted, ids.slice(0, 4))
  t.deepEqual(spool.diskEvents(), ['disk-failed'])
  spool.destination.mood = 'down'
  await t.throwsAsync(spool.write(ids[4]!), { instanceOf: DeliveryError, message: /is away/ })
  rmSync(join(root, 'deep'))
  await spool.write(ids[5]!)
  t.deepEqual(kept(dir), ids.slice(4), 'what was held in memory is on disk as soon as that works')
  t.deepEqual(spool.diskEvents(), ['disk-failed', 'disk-works'])
})

test('nobody but its user can read a spool', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tatuscan-disk-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const dir = join(root, 'spool')
  const spool = open(t, dir)
  spool.destination.mood = 'down'
  await spool.write(createReportIds()())
  t.is(execFileSync('stat', ['-c', '%a', dir, join(dir, `${kept(dir)[0]}.report`)], { encoding: 'utf8' }), '700\n600\n')
  mkdirSync(join(dir, 'lost+found'))
  await spool.flush().catch(() => {})
  t.true(existsSync(join(dir, 'lost+found')), 'folders of others are left alone')
})
