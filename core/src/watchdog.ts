import type { Clock } from './clock.ts'
import { TatuScanError } from './errors.ts'

export interface WatchdogOptions {
  readonly clock: Clock
  readonly intervalMs: number
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/** Intervals that may pass without a cycle that ends. */
const patience = 5

export interface Watchdog {
  /** A cycle has ended. */
  fed (): void
  /**
   * Resolves once the signal aborts.
   *
   * @throws {TatuScanError} TATUSCAN_AGENT_STUCK once no cycle has ended for five intervals
   */
  readonly watch: Promise<void>
}

/**
 * Watches that cycles end. It counts its own waits rather than time, so a machine that sleeps for days does not look
 * like an agent that is stuck.
 */
export function createWatchdog ({ clock, intervalMs, signal }: WatchdogOptions): Watchdog {
  let waits = 0
  async function watch (): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(intervalMs, signal)
      if (!signal.aborted && ++waits > patience) {
        throw new TatuScanError('TATUSCAN_AGENT_STUCK', `no cycle has ended within ${patience} intervals of ${intervalMs} ms: the agent is stuck and ends, for its supervisor to start it again`)
      }
    }
  }
  return { fed: () => { waits = 0 }, watch: watch() }
}
