import type { TSchema } from 'typebox'
import { TatuScanError } from './errors.ts'
import { limits } from './limits.ts'

/** What a collector is given on every run. */
export interface CollectContext {
  /** Aborts at the collector's deadline, or when the agent stops. */
  readonly signal: AbortSignal
}

/**
 * A source of facts about this machine: a plain object, made by a function of its options.
 *
 * @example
 * const uptime = (): Collector<{ seconds: number }> => ({
 *   name: 'uptime',
 *   schema: { type: 'object', required: ['seconds'], properties: { seconds: { type: 'number', title: 'Uptime', unit: 's', volatile: true } } },
 *   collect: async () => ({ seconds: os.uptime() })
 * })
 */
export interface Collector<Facts extends object = object> {
  /** The noun under which its facts appear in a report: `memory`. Lower case letters, digits, `_` and `-`, at most 64. */
  readonly name: string
  /**
   * JSON Schema of its facts: a literal typed by TypeBox's `Static`, or one built with TypeBox's `Type`.
   * Beside the standard keywords a field may carry `title`, `unit` (`MiB`, `%`, `s`), `volatile` (it changes from
   * report to report by nature) and `indexed` (people filter by it). It stays as it is: another schema is another object.
   */
  readonly schema: TSchema
  /**
   * Reads the facts.
   *
   * @returns the facts, plain JSON that {@link Collector.schema} accepts; `undefined` where there is nothing of the kind on this machine
   * @throws whatever went wrong: it becomes one row in the report's `failures`
   */
  collect (context: CollectContext): Promise<Facts | undefined>
}

/** Collectors, or what tells which there are now; asked for every report. */
export type CollectorSource = readonly Collector[] | (() => readonly Collector[] | Promise<readonly Collector[]>)

/** What a collector may be called. */
export const collectorNamePattern = /^[a-z][a-z0-9_-]{0,63}$/

/**
 * Checks, once and at the edge, that these values are collectors with names of their own, and not too many for a report.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function checkCollectors (candidates: readonly unknown[]): asserts candidates is readonly Collector[] {
  if (candidates.length > limits.collectors) throw invalid(`a report holds at most ${limits.collectors} collectors; got ${candidates.length}`)
  const seen = new Set<string>()
  for (const candidate of candidates) {
    const { name, schema, collect } = (candidate ?? {}) as Partial<Collector>
    if (typeof name !== 'string' || !collectorNamePattern.test(name)) {
      throw invalid(`a collector's name must be lower case letters, digits, _ and -, starting with a letter, at most 64; got ${JSON.stringify(name)}`)
    }
    if (typeof schema !== 'object' || schema === null) throw invalid(`the collector ${name} has no schema: a JSON Schema of its facts is needed`)
    if (typeof collect !== 'function') throw invalid(`the collector ${name} has no collect() function`)
    if (seen.has(name)) throw invalid(`two collectors are called ${name}: names must be unique`)
    seen.add(name)
  }
}

function invalid (message: string): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', message)
}
