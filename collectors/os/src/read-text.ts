import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The text of a file below `root`; undefined where it is missing, or not ours to read. */
export async function readText (root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}
