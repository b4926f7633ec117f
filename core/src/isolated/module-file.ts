import { existsSync, readFileSync, statSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * The file that a module is in. A path, a folder with a package in it or a `file:` URL is looked at from the working
 * folder; anything else is the name of a package.
 *
 * @param bases where to look for packages. @default the working folder
 * @throws {Error} where there is none
 */
export function moduleFile (specifier: string, bases: readonly (string | URL)[] = [pathToFileURL(join(process.cwd(), 'package.json'))]): string {
  if (specifier.startsWith('file:') || specifier.startsWith('.') || isAbsolute(specifier)) return pathFile(specifier)
  for (const base of bases) {
    const file = packageFile(specifier, base)
    if (file !== undefined) return file
  }
  throw new Error(`the package ${specifier} is not installed; write ./${specifier} for a file or folder here`)
}

function pathFile (path: string): string {
  const target = path.startsWith('file:') ? fileURLToPath(path) : resolve(path)
  if (!existsSync(target)) throw new Error(`there is no ${target}`)
  return statSync(target).isDirectory() ? packageEntry(target) : target
}

/** The module of a package, looked for from a base; undefined where it is not installed. */
export function packageFile (name: string, base: string | URL): string | undefined {
  const manifest = findManifest(name, base)
  return manifest === undefined ? undefined : packageEntry(dirname(manifest))
}

function findManifest (name: string, base: string | URL): string | undefined {
  try {
    return findPackageJSON(name, base)
  } catch {
    return undefined
  }
}

/** The module that a package folder gives to `import`. */
function packageEntry (folder: string): string {
  const manifest = join(folder, 'package.json')
  const { exports, main = 'index.js' } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown, main?: string } : {}
  const entry = resolve(folder, importTarget((exports as Record<string, unknown> | undefined)?.['.'] ?? exports) ?? main)
  if (!existsSync(entry)) throw new Error(`the package in ${folder} has no ${entry}`)
  return entry
}

function importTarget (target: unknown): string | undefined {
  if (typeof target === 'string') return target
  const { node, import: imported, default: fallback } = (target ?? {}) as Record<string, unknown>
  return [imported, node, fallback].map((candidate) => candidate === undefined ? undefined : importTarget(candidate)).find((found) => found !== undefined)
}
