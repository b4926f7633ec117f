import { setImmediate as turn } from 'node:timers/promises'
import { TatuScanError } from '@tatuscan/core'

interface Waiting<Item, Result> {
  readonly item: Item
  /** By performance.now(). */
  readonly added: number
  resolve (result: Result): void
  reject (error: unknown): void
}

export interface Batches<Item, Result> {
  /** Joins the next batch; settles when its transaction has, and within the patience in any case. */
  add (item: Item): Promise<Result>
  /** Resolves when nothing is waiting any more. */
  drained (): Promise<void>
  /** How many items are not settled yet, and how long the first of them has waited, in milliseconds. */
  waiting (): { readonly reports: number, readonly oldestMs: number }
}

/** As many as these together are halved where the event loop is busy for this part of the time. */
const halved = { least: 32, busy: 0.5 }

/**
 * Gathers what arrives within a turn of the event loop, and while the last batch is under way, into one batch, so that
 * many share one transaction. Where many come at once half of them go first, so that there is always a half to gather or
 * to answer while the other is written; unless that is soon done and commits take most of the time, so that it is better
 * for all to share one. If a batch fails its items go one by one, so that one cannot sink the rest, except where the
 * database itself is away.
 *
 * @param commit takes a batch and gives one result an item, in order; runs one at a time
 * @param patience how long an item waits, in milliseconds, before it is told that the database can't be used right now
 */
export function createBatches<Item, Result> (commit: (items: readonly Item[]) => Promise<readonly Result[]>, { size = 500, patience = 4500 } = {}): Batches<Item, Result> {
  const waiting: Waiting<Item, Result>[] = []
  let running: Promise<void> | undefined
  let clock: NodeJS.Timeout | undefined

  async function run (): Promise<void> {
    last = performance.eventLoopUtilization()
    while (waiting.length > 0) {
      const most = portion()
      await gather(most)
      await settle(waiting.splice(0, most))
    }
    running = undefined
    underway = []
    clearInterval(clock)
    clock = undefined
  }

  /** A commit costs the same for one report as for many, so it waits as long as every turn brings more, up to a bound. */
  async function gather (most: number): Promise<void> {
    let before
    let turns = 0
    do {
      before = waiting.length
      await turn()
    } while (waiting.length > before && waiting.length < most && ++turns < 16)
  }

  async function settle (batch: readonly Waiting<Item, Result>[]): Promise<void> {
    underway = batch
    try {
      const results = await commit(batch.map(({ item }) => item))
      const now = performance.eventLoopUtilization()
      busy = performance.eventLoopUtilization(now, last).utilization
      last = now
      atOnce = batch.length + waiting.length
      underway = []
      batch.forEach(({ resolve }, index) => resolve(results[index]!))
    } catch (error) {
      if (isFinal(batch, error)) for (const { reject } of batch) reject(error)
      else for (const one of batch) await settle([one])
    }
  }

  function portion (): number {
    return atOnce >= halved.least && busy > halved.busy ? Math.min(size, Math.ceil(atOnce / 2)) : size
  }

  let underway: readonly Waiting<Item, Result>[] = []
  /** When the last commit was done: how many were not settled then, and the part of the time since the one before that the event loop was busy. */
  let atOnce = 0
  let busy = 0
  let last = performance.eventLoopUtilization()

  /** What has waited too long is given up; should its transaction still commit, sending it again changes nothing. */
  function giveUp (): void {
    const late = performance.now() - patience
    const overdue = (one: Waiting<Item, Result>) => one.added < late
    for (const one of underway) if (overdue(one)) one.reject(new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', 'the database does not answer'))
    while (waiting[0] !== undefined && overdue(waiting[0])) waiting.shift()!.reject(new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', 'the database does not answer'))
  }

  return {
    add (item) {
      return new Promise<Result>((resolve, reject) => {
        waiting.push({ item, added: performance.now(), resolve, reject })
        running ??= run()
        clock ??= setInterval(giveUp, 250)
      })
    },
    async drained () {
      await running
    },
    waiting () {
      const first = underway[0] ?? waiting[0]
      return { reports: underway.length + waiting.length, oldestMs: first === undefined ? 0 : performance.now() - first.added }
    }
  }
}

/** Whether a batch that failed is given up, rather than tried again one by one. */
export function isFinal (batch: readonly unknown[], error: unknown): boolean {
  return batch.length === 1 || (error instanceof TatuScanError && error.code === 'TATUSCAN_STORE_UNAVAILABLE')
}
