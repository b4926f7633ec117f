import { existsSync, readFileSync, statSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkCollectors, messageOf, TatuScanError, type Collector } from '@tatuscan/core'

/**
 * Makes the collector that `--collector` names: by a path to a module or a package folder, or by a name, tried as
 * `@tatuscan/collector-NAME` and then `tatuscan-collector-NAME`. Its default export is the factory, called without
 * options.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export async function loadCollector (specifier: string): Promise<Collector> {
  const file = /^[a-z0-9][a-z0-9_-]*$/i.test(specifier) ? packageFile(specifier) : pathFile(specifier)
  try {
    const { default: make } = await import(pathToFileURL(file).href) as { default?: unknown }
    if (typeof make !== 'function') throw new Error('its default export must be a function that returns a collector')
    const made = [await make()]
    checkCollectors(made)
    return made[0]!
  } catch (error) {
    throw invalid(specifier, messageOf(error), error)
  }
}

function pathFile (path: string): string {
  const target = resolve(path)
  if (!existsSync(target)) throw invalid(path, `there is no ${target}`)
  return statSync(target).isDirectory() ? packageEntry(target, path) : target
}

function packageFile (name: string): string {
  const packages = [`@tatuscan/collector-${name}`, `tatuscan-collector-${name}`]
  for (const base of [pathToFileURL(join(process.cwd(), 'package.json')), import.meta.url]) {
    for (const candidate of packages) {
      const found = find(candidate, base)
      if (found !== undefined) return packageEntry(dirname(found), name)
    }
  }
  throw invalid(name, `neither ${packages.join(' nor ')} is installed; write ./${name} for a file or folder here`)
}

function find (specifier: string, base: string | URL): string | undefined {
  try {
    return findPackageJSON(specifier, base)
  } catch {
    return undefined // not installed
  }
}

/** The module that a package folder gives to `import`. */
function packageEntry (folder: string, specifier: string): string {
  const manifest = join(folder, 'package.json')
  const { exports, main = 'index.js' } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown, main?: string } : {}
  const entry = resolve(folder, importTarget((exports as Record<string, unknown> | undefined)?.['.'] ?? exports) ?? main)
  if (!existsSync(entry)) throw invalid(specifier, `the package in ${folder} has no ${entry}`)
  return entry
}

function importTarget (target: unknown): string | undefined {
  if (typeof target === 'string') return target
  const { node, import: imported, default: fallback } = (target ?? {}) as Record<string, unknown>
  return [imported, node, fallback].map((candidate) => candidate === undefined ? undefined : importTarget(candidate)).find((found) => found !== undefined)
}

function invalid (specifier: string, why: string, cause?: unknown): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', `the collector ${specifier} can't be used: ${why}`, { cause })
}
