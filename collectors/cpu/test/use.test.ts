import test from 'ava'
import fc from 'fast-check'
import { parseLoadavg, parseStat } from '../src/linux.ts'
import { shapeProcessor } from '../src/processor.ts'
import { percentBetween } from '../src/use.ts'
import { measureUse } from '../src/window.ts'

test('a counter that went backwards stands still', (t) => {
  const before = { busy: [100], idle: [500, 90], cores: 1 }
  t.is(percentBetween(before, { busy: [110], idle: [530, 10], cores: 1 }), 25)
  t.is(percentBetween(before, { busy: [90], idle: [530, 90], cores: 1 }), 0)
})

test('where no time passed, use is unknown rather than none', (t) => {
  const times = { busy: [100], idle: [500], cores: 1 }
  t.is(percentBetween(times, times), null)
})

test('whatever the counters do, use is between 0 and 100 with one decimal, or unknown', (t) => {
  const counters = fc.array(fc.nat({ max: 2 ** 48 }), { minLength: 10, maxLength: 10 })
  fc.assert(fc.property(counters, counters, (before, after) => {
    const percent = percentBetween(parseStat(`cpu  ${before.join(' ')}\n`), parseStat(`cpu  ${after.join(' ')}\n`))
    return percent === null || (percent >= 0 && percent <= 100 && Number(percent.toFixed(1)) === percent)
  }))
  t.pass()
})

test('/proc/stat gives its counters back, however many there are', (t) => {
  fc.assert(fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 10 }), fc.nat({ max: 64 }), (counters, cores) => {
    const stat = `cpu  ${counters.join(' ')}\n${Array.from({ length: cores }, (_, core) => `cpu${core} 1 2 3 4\n`).join('')}intr 5\n`
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = counters
    t.deepEqual(parseStat(stat), { busy: [user, nice, system, irq, softirq, steal], idle: [idle, iowait], cores })
  }))
})

test('garbage in /proc/stat is an error or counters that count', (t) => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('cpu', 'cpu0 ', ' ', '1', '9', '-', 'x', '\n', '.') }), (stat) => {
    try {
      const { busy, idle } = parseStat(stat)
      return [...busy, ...idle].every((counter) => counter >= 0)
    } catch (error) {
      return (error as Error).message === '/proc/stat has no cpu line'
    }
  }), { numRuns: 500 })
  t.pass()
})

test('a load average that is none is unknown', (t) => {
  t.deepEqual(parseLoadavg('0.35 0.20 12.23 1/140 16826\n'), { load_1: 0.35, load_5: 0.2, load_15: 12.23 })
  for (const text of ['', 'nan nan nan', '0.35 0.20']) t.deepEqual(parseLoadavg(text), { load_1: null, load_5: null, load_15: null })
})

test('without ids and without /sys the physical cores are unknown', (t) => {
  const arm = 'processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x99\nCPU part\t: 0x001\n\nprocessor\t: 1\nBogoMIPS\t: 50.00\n'
  t.deepEqual(shapeProcessor(arm, []), { model: null, physical_cores: null, logical_cores: 2 })
  t.deepEqual(shapeProcessor(arm, ['0-1\n', '0-1\n']), { model: null, physical_cores: 1, logical_cores: 2 })
  t.deepEqual(shapeProcessor('', []), { model: null, physical_cores: null, logical_cores: null })
})

test('a processor with two kinds of ARM cores names both, and POWER and MIPS name themselves', (t) => {
  const core = (part: string) => `processor : 0\nCPU implementer : 0x41\nCPU part : ${part}\n\n`
  t.is(shapeProcessor(core('0xd05') + core('0xd0b') + core('0xd05'), []).model, 'Cortex-A55 + Cortex-A76')
  t.is(shapeProcessor('processor\t: 0\ncpu\t\t: POWER9, altivec supported\n', []).model, 'POWER9, altivec supported')
  t.is(shapeProcessor('system type\t: MT7621\nprocessor\t: 0\ncpu model\t: MIPS 1004Kc V2.15\n', []).model, 'MIPS 1004Kc V2.15')
})

test('calls that overlap or follow at once each measure a window of their own', async (t) => {
  const reads: number[] = []
  const measure = measureUse(async () => {
    reads.push(performance.now())
    return { busy: [reads.length], idle: [0], cores: 1 }
  }, 50)
  const signal = AbortSignal.timeout(5000)
  const uses = [...await Promise.all([measure(signal), measure(signal)]), await measure(signal)]
  for (const { percent } of uses) t.is(percent, 100, 'each had two samples between which a counter moved')
  // Timers may fire a millisecond early.
  t.true(reads.at(-1)! - reads[0]! >= 98)
})
