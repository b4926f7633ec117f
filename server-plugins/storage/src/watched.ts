import type { IncomingReport, Saved, SavedBatch } from '@tatuscan/core'
import { isFinal } from './batches.ts'

type Commit = (reports: readonly IncomingReport[]) => Promise<readonly Saved[]>

/** A commit of which listeners are told what became of it. */
export function watched (listeners: readonly ((batch: SavedBatch) => void)[], commit: Commit): Commit {
  return async (reports) => {
    const began = performance.now()
    const tell = (saved?: readonly Saved[]): void => {
      if (listeners.length === 0) return
      const batch = { reports: reports.length, ms: performance.now() - began, outcomes: saved?.map(({ outcome }) => outcome) }
      for (const listener of listeners) listener(batch)
    }
    try {
      const saved = await commit(reports)
      tell(saved)
      return saved
    } catch (error) {
      if (isFinal(reports, error)) tell()
      throw error
    }
  }
}
