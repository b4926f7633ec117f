import { TatuScanError, type Collector } from '@tatuscan/core'

export interface Selection {
  /** The configuration file's. */
  readonly configured: readonly Collector[]
  /** Paths and names to load. */
  readonly added: readonly string[]
  /** Names to leave out. */
  readonly removed: readonly string[]
  /** The folder of facts, where it is not the usual one. */
  readonly factsDir: string | undefined
  /** Whether what is loaded runs in processes of its own. */
  readonly isolate: boolean
}

/**
 * The built-in ones, then the configuration file's, then the command line's; a later one replaces its namesake. Then
 * those of the folder of facts, which is looked at anew for every report; they take no name that is in use, but that
 * of one that is left out.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export async function selectCollectors ({ configured, added, removed, factsDir: dir, isolate }: Selection): Promise<() => Promise<readonly Collector[]>> {
  const { builtInCollectors } = await import('./built-in-collectors.ts')
  const { factsDir } = await import('@tatuscan/collector-exec')
  const loaded = added.length === 0 ? [] : await Promise.all(added.map(async (specifier) => await (await import('./load-collector.ts')).loadCollector(specifier, { isolate })))
  const lasting = [...builtInCollectors(), ...configured]
  const files = factsDir(dir === undefined ? {} : { dir })

  function named (): Map<string, Collector> {
    return new Map([...lasting, ...loaded.map((current) => current())].map((collector) => [collector.name, collector]))
  }

  const leftOut = new Set(removed.filter((name) => named().has(name)))
  const leftOutFiles = new Set(removed.filter((name) => !leftOut.has(name)))

  async function current (): Promise<Collector[]> {
    const chosen = [...named().values()].filter(({ name }) => !leftOut.has(name))
    return [...chosen, ...(await files(chosen.map(({ name }) => name))).filter(({ name }) => !leftOutFiles.has(name))]
  }

  const names = [...named().keys(), ...(await files([...named().keys()])).map(({ name }) => name)]
  const unknown = removed.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `there is no collector ${unknown} to leave out; there are ${names.join(', ')}`)
  if ((await current()).length === 0) throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'no collector is left: leave fewer out')
  return current
}
