import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { recordedMachine, testCollector } from '@tatuscan/core/testing'
import { cpu, type CpuFacts } from '../src/index.ts'

testCollector(test, {
  make: () => cpu(),
  makeBroken: () => cpu({ platform: 'linux', root: '/nowhere' })
})

test('on Linux it tells model, cores and load of a server with two sockets', async (t) => {
  t.deepEqual(await collect('bare-metal'), {
    model: 'Intel(R) Xeon(R) Silver 4112 CPU @ 2.60GHz',
    physical_cores: 8,
    logical_cores: 16,
    percent: null, // the recording stands still
    load_1: 0.52,
    load_5: 0.58,
    load_15: 0.59
  })
})

test('a processor with cores of two kinds has as many as it has', async (t) => {
  t.like(await collect('laptop'), { model: '12th Gen Intel(R) Core(TM) i5-1240P', physical_cores: 12, logical_cores: 16 })
})

test('a Raspberry Pi, which names neither model nor cores, is told by part number and by /sys', async (t) => {
  t.like(await collect('no-network'), { model: 'Cortex-A72', physical_cores: 4, logical_cores: 4 })
})

test('in a virtual machine and in a container it tells what their kernel shows', async (t) => {
  t.like(await collect('cloud-vm'), { model: 'AMD EPYC', physical_cores: 2, logical_cores: 2 })
  t.like(await collect('container'), { model: 'Intel(R) Xeon(R) E-2224 CPU @ 3.40GHz', physical_cores: 4, logical_cores: 4 })
})

test('on Windows there are no load averages, and the physical cores come from systeminformation', async (t) => {
  t.deepEqual(await collect('windows-11'), {
    model: '12th Gen Intel(R) Core(TM) i7-1260P', physical_cores: 12, logical_cores: 16, percent: null, load_1: null, load_5: null, load_15: null
  })
})

test('on macOS there are', async (t) => {
  t.deepEqual(await collect('macos'), { model: 'Apple M1 Pro', physical_cores: 10, logical_cores: 10, percent: null, load_1: 2.19, load_5: 2.07, load_15: 1.93 })
})

test('physical cores that systeminformation could not count are null', async (t) => {
  const recorded = recordedMachine('windows-10')
  for (const physicalCores of [-1, 0, '']) {
    const collector = cpu({ ...recorded, systeminformation: async () => ({ cpu: async () => ({ physicalCores }) }) as never, windowMs: 1 })
    t.like(await collector.collect(soon()), { physical_cores: null, logical_cores: 6 })
  }
})

test('systeminformation, which starts a process, is asked once', async (t) => {
  let asked = 0
  const count = async () => ({ cpu: async () => ({ physicalCores: ++asked }) }) as never
  const collector = cpu({ ...recordedMachine('windows-10'), systeminformation: count, windowMs: 1 })
  await Promise.all([collector.collect(soon()), collector.collect(soon())])
  t.like(await collector.collect(soon()), { physical_cores: 1 })
})

test('use on Linux is what was neither idle nor waiting since the last run', async (t) => {
  const { collector, write } = await linuxMachine(t)
  await write('cpu  1000 100 500 8000 400 0 0 0 0 0\ncpu0 0\ncpu1 0\n')
  await collector.collect(soon())
  // busy: 150 user + 50 nice + 40 system + 10 irq + 20 softirq + 30 steal = 300; idle: 600 + 100 iowait; guest is part of user
  await write('cpu  1150 150 540 8600 500 10 20 30 99 0\ncpu0 0\ncpu1 0\n')
  t.like(await collector.collect(soon()), { percent: 30, logical_cores: 2 })
  await write('cpu  1151 150 540 8602 500 10 20 30 99 0\ncpu0 0\ncpu1 0\n')
  t.like(await collector.collect(soon()), { percent: 33.3 })
  await write('cpu  1151 150 540 9602 500 10 20 30 99 0\ncpu0 0\ncpu1 0\n')
  t.like(await collector.collect(soon()), { percent: 0 }, 'an idle machine')
})

test('a core that comes while the agent runs is counted', async (t) => {
  const { collector, write, root } = await linuxMachine(t)
  t.like(await collector.collect(soon()), { physical_cores: 2, logical_cores: 2 })
  await cp(join(recordedMachine('container').root, 'proc/cpuinfo'), join(root, 'proc/cpuinfo'))
  await write('cpu  1 1 1 1\ncpu0 0\ncpu1 0\ncpu2 0\ncpu3 0\n')
  await collector.collect(soon())
  t.like(await collector.collect(soon()), { physical_cores: 4, logical_cores: 4 })
})

test('a machine without load averages has none', async (t) => {
  const { collector, root } = await linuxMachine(t)
  await rm(join(root, 'proc/loadavg'))
  t.like(await collector.collect(soon()), { load_1: null, load_5: null, load_15: null, logical_cores: 2 })
})

test('use on other platforms is the sum over all cores', async (t) => {
  const recorded = recordedMachine('windows-10')
  const cores = recorded.os.cpus()
  const collector = cpu({ ...recorded, os: { ...recorded.os, cpus: () => structuredClone(cores) }, windowMs: 1 })
  await collector.collect(soon())
  // of 6 cores and 1000 ms one is busy, half of it in the kernel and a tenth in interrupts
  for (const { times } of cores.slice(1)) times.idle += 1000
  cores[0]!.times.user += 400
  cores[0]!.times.sys += 500
  cores[0]!.times.irq += 100
  t.like(await collector.collect(soon()), { percent: 16.7 })
})

test('a machine with a core kept busy shows at least that core', async (t) => {
  const collector = cpu()
  await collector.collect(soon())
  const busy = new Worker('const end = Date.now() + 400; while (Date.now() < end);', { eval: true })
  await new Promise((resolve) => busy.once('exit', resolve))
  const { percent } = (await collector.collect(soon()))!
  t.true(percent !== null && percent >= 100 / availableParallelism() - 15, `${percent} %`)
})

test('the first run gives up when its signal aborts, and the next one measures', async (t) => {
  const collector = cpu({ windowMs: 60_000 })
  await t.throwsAsync(collector.collect({ signal: AbortSignal.timeout(20) }), { name: 'AbortError' })
  const again = cpu()
  await t.throwsAsync(again.collect({ signal: AbortSignal.abort() }), { name: 'AbortError' })
  t.is(typeof (await again.collect(soon()))?.percent, 'number')
})

test('a window that is no whole number of milliseconds is refused', (t) => {
  for (const windowMs of [0, -1, 0.5, NaN, '100' as never]) t.throws(() => cpu({ windowMs }), { code: 'TATUSCAN_INVALID_OPTION' })
})

async function linuxMachine (t: { teardown: (end: () => Promise<void>) => void }) {
  const recorded = recordedMachine('cloud-vm')
  const root = await mkdtemp(join(tmpdir(), 'tatuscan-cpu-'))
  t.teardown(async () => await rm(root, { recursive: true }))
  await cp(recorded.root, root, { recursive: true })
  return { root, collector: cpu({ ...recorded, root, windowMs: 1 }), write: async (stat: string) => await writeFile(join(root, 'proc/stat'), stat) }
}

function soon (): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(5000) }
}

async function collect (machine: string): Promise<CpuFacts> {
  return (await cpu({ ...recordedMachine(machine), windowMs: 1 }).collect(soon()))!
}
