import { basename, extname, resolve } from 'node:path'
import { TatuScanError, type Collector } from '@tatuscan/core'

export interface Unloaded {
  /** The attempt that failed, or is not over yet. */
  readonly loading: Promise<Collector>
  /** Tries again. */
  load (signal: AbortSignal): Promise<Collector>
  /** Told of the collector that takes this one's place from the next report on. */
  replace (collector: Collector): void
}

/**
 * Stands for a module that could not be loaded yet, under the last part of the name that was given: it costs its row in
 * `failures`, and each report that it is not paused in tries again. A collector of the same name tells its facts as soon
 * as it is there, another one in the report after.
 */
export function unloadedCollector (specifier: string, { loading, load, replace }: Unloaded): Collector {
  let first: Promise<Collector> | undefined = loading
  loading.catch(() => {}) // it is told in the first report
  const unloaded = {
    name: nameOf(specifier),
    schema: { type: 'object', title: 'Not loaded' } as Collector['schema'],
    async collect (context: { readonly signal: AbortSignal }) {
      const attempt = first ?? load(context.signal)
      first = undefined
      const collector = await attempt
      replace(collector)
      if (collector.name !== unloaded.name) throw new TatuScanError('TATUSCAN_COLLECTOR_FAILED', `could not be loaded before and now can: its facts come with the next report, as ${collector.name}`)
      const facts = await collector.collect(context)
      unloaded.schema = collector.schema
      return facts
    }
  }
  return unloaded
}

/** The last part of a path or name, as collectors may be called. */
function nameOf (specifier: string): string {
  const path = resolve(specifier)
  return basename(path, extname(path)).toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-').replace(/^[^a-z]+/, '').slice(0, 64) || 'collector'
}
