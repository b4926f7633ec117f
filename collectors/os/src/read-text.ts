import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The text of a file below `root`; undefined where it is missing, or not ours to read. Read at once: these are the
 * kernel's memory and small files in its cache, and a trip through the thread pool costs more than reading one.
 */
export async function readText (root: string, path: string): Promise<string | undefined> {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}
