import { setTimeout as sleep } from 'node:timers/promises'
import { deliver } from '../../deliver.ts'
import { DeliveryError, TatuScanError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Report } from '../../report.ts'
import type { Sink } from '../../sink.ts'
import { createBackoff, type Clock } from './backoff.ts'
import { openBacklog } from './backlog.ts'
import type { SpoolEvent } from './events.ts'
import { realFiles, type SpoolFiles } from './files.ts'

/** Where reports wait, and how many of them. */
export interface SpoolOptions {
  /** The folder of the spool, this sink's own; made where it is missing. */
  readonly dir: string
  /** How many reports are kept; at one a minute the default is a week. @default 10000 */
  readonly maxReports?: number
  /** How old a report may get, in milliseconds. @default 30 days */
  readonly maxAgeMs?: number
  /** How much room they may take, in bytes. @default 104857600 */
  readonly maxBytes?: number
  /** Told of what happens, for a log. */
  readonly onEvent?: (event: SpoolEvent) => void
  /** What the spool is kept on. @default the file system */
  readonly files?: SpoolFiles
  /** What times are measured with. */
  readonly clock?: Clock
}

/** A sink that keeps what it can't deliver yet. */
export interface Spooled extends Sink {
  flush: NonNullable<Sink['flush']>
  close: NonNullable<Sink['close']>
}

const realClock: Clock = {
  now: Date.now,
  uptime: () => performance.now(),
  random: Math.random,
  sleep: async (ms, signal) => await sleep(ms, undefined, { signal })
}

/** One batch: below the 1 MiB that many a proxy in front of a server takes at most. */
const batchBytes = 900 * 1024

/**
 * A sink around a sink that loses nothing while the inner one fails: each report is on disk before it is sent, and is
 * removed once it has arrived. `write` resolves when the reports are kept, and never waits for the inner sink, which gets
 * them in the background, oldest first, in batches, one under way at a time. A failed attempt is repeated without end:
 * after a wait uniform in [0, min(10 min, 5 s · 2ⁿ)), n from 0 again after any success, and never before the time that the
 * server asked for; the first batch after a failure is half as large, each after a success twice. What is refused for
 * good goes to `rejected/` and holds up nothing. What is no whole report goes to `bad/`. Beyond the limits the oldest are
 * dropped, and the next report tells how many (`TATUSCAN_SPOOL_DROPPED` in its failures).
 *
 * Several processes may share a folder. Where it can't be used, `write` waits for one attempt and rejects where that fails.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for limits that are none
 */
export function spooled (sink: Sink, {
  dir, maxReports = 10_000, maxAgeMs = 30 * 86_400_000, maxBytes = 100 * 1024 * 1024,
  onEvent = () => {}, files = realFiles, clock = realClock
}: SpoolOptions): Spooled {
  for (const [name, value] of Object.entries({ maxReports, maxAgeMs, maxBytes })) {
    if (!(value > 0)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${name} of a spool must be above 0; got ${value}`)
  }
  const backlog = openBacklog({ dir, maxReports, maxAgeMs, maxBytes, files, now: clock.now, uptime: clock.uptime, onEvent })
  const backoff = createBackoff(clock.random)
  const closing = new AbortController()
  const { signal } = closing
  let turn: Promise<unknown> = Promise.resolve()
  let underWay: ReadonlySet<string> = new Set()
  let draining: Promise<void> | undefined
  /** Something came since the backlog was looked at. */
  let news = false
  /** Why the last attempt failed; undefined after a success. */
  let failure: DeliveryError | undefined
  let most: number = limits.batchReports
  let attempted = Promise.withResolvers<void>()
  /** Why, by report_id, of those that were refused for good since somebody was last told. */
  let refusals = new Map<string, string>()

  /** One piece of work on the backlog at a time. */
  async function exclusively<Result> (work: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return await mine
  }

  function tellAttempt (error?: DeliveryError): void {
    const { resolve, reject, promise } = attempted
    attempted = Promise.withResolvers()
    promise.catch(() => {}) // nobody may be waiting
    if (error === undefined) resolve()
    else reject(error)
  }

  const takeBatch = async (): Promise<Report[]> => await exclusively(async () => {
    await backlog.refresh()
    await backlog.bound(underWay)
    const batch = await backlog.take({ reports: most, bytes: batchBytes })
    underWay = new Set(batch.map(({ report_id }) => report_id))
    return batch
  })

  /** @returns what went wrong with those reports that stay; undefined where none of them stays */
  async function attempt (batch: readonly Report[]): Promise<DeliveryError | undefined> {
    const error = await deliver(sink, batch, { signal }).then(() => undefined, (error: unknown) => error)
    if (signal.aborted) return undefined
    const failed = error as DeliveryError | undefined
    const isRefused = ({ report_id }: Report): boolean => failed !== undefined && (failed.refused.has(report_id) || (!failed.retryable && batch.length === 1))
    const refused = batch.filter(isRefused)
    const arrived = failed === undefined ? batch : batch.filter((report) => failed.delivered.has(report.report_id) && !isRefused(report))
    await exclusively(async () => {
      await backlog.remove(arrived)
      for (const report of refused) {
        const why = failed!.refused.get(report.report_id) ?? failed!.message
        refusals.set(report.report_id, why)
        await backlog.reject(report, why)
      }
      underWay = new Set()
      await backlog.bound(underWay)
    })
    if (arrived.length > 0) {
      backoff.reset()
      onEvent({ type: 'delivered', reports: arrived.length, left: backlog.size, again: failure !== undefined })
    }
    const stay = batch.length - arrived.length - refused.length
    if (stay > 0) most = Math.ceil(batch.length / 2)
    else most = Math.min(limits.batchReports, most * 2)
    return stay > 0 ? failed : undefined
  }

  async function drain (): Promise<void> {
    while (!signal.aborted) {
      news = false
      const batch = await takeBatch()
      if (batch.length === 0 && !news) break
      if (batch.length === 0) continue
      const error = await attempt(batch)
      if (error === undefined) {
        failure = undefined
        if (backlog.size === 0 && !news) break
        continue
      }
      if (!error.retryable) continue // together; half of them, down to each alone, may be accepted
      const retryInMs = backoff.next(error.retryAfterMs)
      onEvent({ type: 'waiting', error, first: failure === undefined, reports: backlog.size, retryInMs })
      failure = error
      tellAttempt(error)
      await clock.sleep(retryInMs, signal).catch(() => {}) // only the signal rejects it
    }
    draining = undefined
    if (signal.aborted) return
    const refused = refusals
    refusals = new Map()
    tellAttempt(refused.size === 0 ? undefined : new DeliveryError([...refused.values()][0]!, { retryable: false, refused }))
  }

  function wake (): void {
    if (signal.aborted) return
    news = true
    draining ??= drain().catch((error: unknown) => {
      draining = undefined
      tellAttempt(new DeliveryError(`the spool in ${dir} failed`, { retryable: true, cause: error }))
    })
  }

  /** Resolves once nothing waits; rejects with what was refused, or with the failure of the first attempt that fails, of the last where one is being waited out. */
  async function flush (given: AbortSignal): Promise<void> {
    given.throwIfAborted()
    if (failure !== undefined) throw failure
    const { promise } = attempted
    wake()
    const { promise: ended, reject } = Promise.withResolvers<never>()
    const stop = (): void => reject(given.reason)
    given.addEventListener('abort', stop, { once: true })
    try {
      await Promise.race([promise, ended])
    } finally {
      given.removeEventListener('abort', stop)
    }
  }

  return {
    name: `${sink.name}-spool`,
    async write (reports, { signal: given }) {
      given.throwIfAborted()
      const kept = await exclusively(async () => {
        let all = true
        for (const report of reports) all = await backlog.keep(report) && all
        await backlog.bound(underWay)
        return all
      })
      wake()
      if (!kept) await flush(given)
    },
    async flush ({ signal }) {
      await flush(signal)
    },
    async close () {
      closing.abort(new Error('the spool was closed'))
      tellAttempt(new DeliveryError('the spool was closed', { retryable: true }))
      await draining
      await turn
      await sink.close?.()
    }
  }
}
