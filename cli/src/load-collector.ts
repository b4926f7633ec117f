import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { checkCollectors, messageOf, TatuScanError, type Collector } from '@tatuscan/core'
import { isolated, moduleFile, packageFile } from '@tatuscan/core/isolated'
import { unloadedCollector } from './unloaded-collector.ts'

/** A module that is slow to load may not hold up the first report for longer; it goes on loading. */
const patienceMs = 4000

/** How long it may take at all. */
const loadTimeoutMs = 60_000

export interface LoadCollectorOptions {
  /** Run it in a process of its own. @default true */
  readonly isolate?: boolean
}

/**
 * Gives what tells the collector that `--collector` names: by a path to a module or a package folder, or by a name,
 * tried as `@tatuscan/collector-NAME` and then `tatuscan-collector-NAME`. Its default export is the factory, called
 * without options. An isolated module that can't be loaded now costs its row in `failures`, and is tried again.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where there is none, or it is no collector
 */
export async function loadCollector (specifier: string, { isolate = true }: LoadCollectorOptions = {}): Promise<() => Collector> {
  try {
    const file = collectorFile(specifier)
    if (isolate) return await loadIsolated(specifier, file)
    const collector = await loadHere(file)
    return () => collector
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the collector ${specifier} can't be used: ${messageOf(error)}`, { cause: error })
  }
}

async function loadIsolated (specifier: string, file: string): Promise<() => Collector> {
  const loading = isolated(file, { loadTimeoutMs })
  const { promise: enough, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), patienceMs)
  const loaded = await Promise.race([loading, enough]).catch((error: TatuScanError) => {
    if (error.code === 'TATUSCAN_INVALID_OPTION') throw error
  })
  clearTimeout(timer)
  if (loaded !== undefined) return () => loaded
  let current = unloadedCollector(specifier, {
    loading,
    load: async (signal) => await isolated(file, { loadTimeoutMs, signal }),
    replace: (collector) => { current = collector }
  })
  return () => current
}

async function loadHere (file: string): Promise<Collector> {
  const { default: make } = await import(pathToFileURL(file).href) as { default?: unknown }
  if (typeof make !== 'function') throw new Error('its default export must be a function that returns a collector')
  const made = [await make()]
  checkCollectors(made)
  return made[0]!
}

function collectorFile (specifier: string): string {
  if (!/^[a-z0-9][a-z0-9_-]*$/i.test(specifier)) return moduleFile(/^\.|^\/|^file:|^[a-z]:/i.test(specifier) ? specifier : `./${specifier}`)
  const packages = [`@tatuscan/collector-${specifier}`, `tatuscan-collector-${specifier}`]
  const bases = [pathToFileURL(join(process.cwd(), 'package.json')), import.meta.url]
  for (const base of bases) {
    for (const name of packages) {
      const file = packageFile(name, base)
      if (file !== undefined) return file
    }
  }
  throw new Error(`neither ${packages.join(' nor ')} is installed; write ./${specifier} for a file or folder here`)
}
