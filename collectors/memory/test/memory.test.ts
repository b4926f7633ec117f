import test from 'ava'
import fc from 'fast-check'
import { recordedMachine, testCollector } from '@tatuscan/core/testing'
import { memory } from '../src/index.ts'
import { parseMeminfo } from '../src/linux.ts'

testCollector(test, {
  make: () => memory(),
  makeBroken: () => memory({ platform: 'linux', root: '/nowhere' })
})

test('on Linux it tells what free would print of /proc/meminfo', async (t) => {
  t.deepEqual(await collect('bare-metal'), { total_mb: 64216, used_mb: 15391, available_mb: 48824, swap_total_mb: 8191, swap_used_mb: 512 })
})

test('on Windows it tells the MiB of what systeminformation says, and no swap where it says none', async (t) => {
  t.deepEqual(await collect('windows-11'), { total_mb: 16088, used_mb: 9215, available_mb: 6873, swap_total_mb: 2432, swap_used_mb: 118 })
})

test('what systeminformation could not find out is an error, not zero', async (t) => {
  const nothing = { total: 0, available: 0, swaptotal: 0, swapused: 0 }
  const broken = memory({ platform: 'win32', systeminformation: async () => ({ mem: async () => nothing }) as never })
  await t.throwsAsync(broken.collect({ signal: AbortSignal.timeout(1000) }), { message: /could not tell/ })
})

test('kernels before 3.14, which tell no MemAvailable, get free’s estimate', (t) => {
  const facts = parseMeminfo('MemTotal: 1048576 kB\nMemFree: 524288 kB\nBuffers: 102400 kB\nCached: 102400 kB\n')
  t.deepEqual(facts, { total_mb: 1024, used_mb: 312, available_mb: 712, swap_total_mb: 0, swap_used_mb: 0 })
})

test('whatever meminfo says, use is between nothing and the total', (t) => {
  const kib = fc.nat({ max: 2 ** 40 })
  fc.assert(fc.property(kib.filter((total) => total > 0), kib, kib, kib, (total, available, swapTotal, swapFree) => {
    const facts = parseMeminfo(`MemTotal: ${total} kB\nMemAvailable: ${available} kB\nSwapTotal: ${swapTotal} kB\nSwapFree: ${swapFree} kB\n`)
    return facts.used_mb >= 0 && facts.used_mb <= facts.total_mb && facts.swap_used_mb >= 0 && facts.swap_used_mb <= facts.swap_total_mb
  }))
  t.pass()
})

async function collect (machine: string): Promise<object | undefined> {
  return await memory(recordedMachine(machine)).collect({ signal: AbortSignal.timeout(1000) })
}
