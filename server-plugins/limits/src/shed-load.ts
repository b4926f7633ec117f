import { monitorEventLoopDelay } from 'node:perf_hooks'
import { TatuScanError } from '@tatuscan/core'
import type { FastifyInstance } from 'fastify'
import type { Check } from './refuse.ts'

/** When requests are refused so that the rest are served. */
export interface ShedOptions {
  /** Reports are refused while the first that waits for the database has waited for longer, in milliseconds… @default 1000 */
  readonly oldestMs?: number
  /** …and more than so many wait, so that the next transaction is a full one. @default 500 */
  readonly reports?: number
  /** Reports are refused while more wait for the database, however long: each takes memory. @default 2000 */
  readonly most?: number
  /** Everything is refused while the event loop is behind by more, in milliseconds, half of the time. @default 1000 */
  readonly loopMs?: number
}

/** Refuses some while there is more to do than can be done, at once and cheaply, so that the rest is done in good time. */
export function shedLoad (app: FastifyInstance, { oldestMs = 1000, reports = 500, most = 2000, loopMs = 1000 }: ShedOptions): Check {
  let behind = false
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const timer = setInterval(() => {
    behind = delay.percentile(50) / 1e6 > loopMs
    delay.reset()
  }, 1000).unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    delay.disable()
  })

  const isFull = (): boolean => {
    const waiting = app.machines?.waiting?.()
    return waiting !== undefined && (waiting.reports > most || (waiting.reports > reports && waiting.oldestMs > oldestMs))
  }

  return (_request, { access, probe }) => {
    if (probe || !(behind || (access === 'agent' && isFull()))) return undefined
    return { error: new TatuScanError('TATUSCAN_OVERLOADED', 'the server has more to do than it can; try again later', { retryAfterS: 5 }) }
  }
}
