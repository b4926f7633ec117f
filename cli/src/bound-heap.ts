import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** How much room what has just been made takes before it stops growing, in bytes. */
const young = 8 * 2 ** 20

/**
 * Keeps the heap near what is in use, as a server that shares its machine should. Left to itself V8 takes up to 128 MB for
 * what has just been made, and lets what is no longer used grow to three times what is before it looks.
 */
export function boundHeap (): void {
  setFlagsFromString('--heap-growing-percent=30')
  const observer = new PerformanceObserver(bound)
  function bound (): void {
    const { space_size: size } = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!
    if (size < young) return
    setFlagsFromString('--semi-space-growth-factor=1')
    observer.disconnect()
  }
  observer.observe({ entryTypes: ['gc'] })
  bound()
}
