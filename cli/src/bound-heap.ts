import type { Server } from 'node:net'
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** How much room what has just been made takes before it stops growing, in bytes. */
const young = 8 * 2 ** 20

/** With how many connections memory is needed for them. */
const crowd = 500

/** How far what is no longer used may grow before V8 looks, in percent of what is in use: alone, and in a crowd. */
const growth = { few: 100, crowd: 30 }

/**
 * Keeps the heap near what is in use, as a server that shares its machine should. Left to itself V8 takes up to 128 MB for
 * what has just been made, and lets what is no longer used grow to three times what is before it looks.
 */
export function boundHeap (): void {
  grow(growth.crowd)
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

/** Gives the heap room while few are connected to a server, since to look often takes time from its work. */
export function relaxHeap (server: Pick<Server, 'on'>): void {
  let connections = 0
  grow(growth.few)
  server.on('connection', (socket) => {
    if (++connections === crowd) grow(growth.crowd)
    socket.once('close', () => {
      if (connections-- === crowd) grow(growth.few)
    })
  })
}

function grow (percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}
