import { setImmediate as turn } from 'node:timers/promises'

interface Waiting<Item, Result> {
  readonly item: Item
  resolve (result: Result): void
  reject (error: unknown): void
}

export interface Batches<Item, Result> {
  /** Joins the next batch; settles when its transaction has. */
  add (item: Item): Promise<Result>
  /** Resolves when nothing is waiting any more. */
  drained (): Promise<void>
}

/**
 * Gathers what arrives within a turn of the event loop, and while the last batch is under way, into one batch, so that
 * many share one transaction. If a batch fails its items go one by one, so that one cannot sink the rest.
 *
 * @param commit takes a batch and gives one result an item, in order; runs one at a time
 */
export function createBatches<Item, Result> (commit: (items: readonly Item[]) => Promise<readonly Result[]>, { size = 500 } = {}): Batches<Item, Result> {
  const waiting: Waiting<Item, Result>[] = []
  let running: Promise<void> | undefined

  async function run (): Promise<void> {
    while (waiting.length > 0) {
      await gather()
      await settle(waiting.splice(0, size))
    }
    running = undefined
  }

  /** A commit costs the same for one report as for many, so it waits as long as every turn brings more, up to a bound. */
  async function gather (): Promise<void> {
    let before
    let turns = 0
    do {
      before = waiting.length
      await turn()
    } while (waiting.length > before && waiting.length < size && ++turns < 16)
  }

  async function settle (batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await commit(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, index) => resolve(results[index]!))
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error)
      else for (const one of batch) await settle([one])
    }
  }

  return {
    async add (item) {
      return await new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        running ??= run()
      })
    },
    async drained () {
      await running
    }
  }
}
