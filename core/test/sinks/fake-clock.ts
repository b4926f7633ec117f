import type { Clock } from '../../src/sinks/index.ts'

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[]
  /** How many are being waited out. */
  readonly sleeping: number
  /** Moves on, and ends each wait that is over by then, in order. */
  advance (ms: number): void
  /** Sets the wall clock alone, as somebody may at any time. */
  jump (ms: number): void
}

export function fakeClock ({ random = () => 0.5, start = Date.now() }: { random?: () => number, start?: number } = {}): FakeClock {
  let passed = 0
  let wall = start
  const timers = new Set<{ readonly due: number, readonly end: () => void }>()
  const waits: number[] = []
  return {
    waits,
    get sleeping () { return timers.size },
    now: () => Math.floor(wall + passed),
    uptime: () => passed,
    random,
    async sleep (ms, signal) {
      signal.throwIfAborted()
      waits.push(ms)
      await new Promise<void>((resolve, reject) => {
        const timer = { due: passed + ms, end: () => { timers.delete(timer); resolve() } }
        timers.add(timer)
        signal.addEventListener('abort', () => { timers.delete(timer); reject(signal.reason) }, { once: true })
      })
    },
    advance (ms) {
      passed += ms
      for (const timer of [...timers].sort((a, b) => a.due - b.due)) if (timer.due <= passed) timer.end()
    },
    jump (ms) { wall += ms }
  }
}
