import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export const assetsFolder = fileURLToPath(new URL('./assets/', import.meta.url))

/** The version of each asset, made from its content, so that browsers may keep it for good. */
export async function assetVersions (): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(assetsFolder)
  return new Map(await Promise.all(names.map(async (name): Promise<[string, string]> => {
    const content = await readFile(assetsFolder + name)
    return [name, createHash('sha256').update(content).digest('hex').slice(0, 12)]
  })))
}
