import type { Report } from './report.ts'

/** What a sink is given with every write. */
export interface WriteContext {
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal
}

/** Where reports go: a plain object, made by a function of its options. */
export interface Sink {
  /** The noun under which it appears in logs: `http`. */
  readonly name: string
  /**
   * Takes reports, in order. Resolving means that all of them arrived.
   *
   * @throws {DeliveryError} where the sink can tell whether trying again may help; any other error counts as retryable
   */
  write (reports: readonly Report[], context: WriteContext): Promise<void>
  /**
   * Of a sink that keeps reports and delivers them later: tries now, and resolves once none is left.
   *
   * @throws {DeliveryError} where one stays, and the sink goes on trying until it is closed; or where none does, but some
   *   were refused for good: not retryable, with those in `refused`
   */
  flush? (context: WriteContext): Promise<void>
  /** Lets go of what the sink holds; called once, after the last write. */
  close? (): Promise<void>
}
