import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, removeFile, type SpoolFiles } from './files.ts'

/** How many files a folder of things set aside holds, and how many bytes; the oldest go. */
export const setAsideLimits = { files: 100, bytes: 16 * 1024 * 1024 }

/** Moves a file out of the way into a folder of its own, which stays small. */
export async function setAside (files: SpoolFiles, path: string, folder: string, name: string): Promise<void> {
  await files.rename(path, join(folder, name)).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    await makeFolder(files, folder)
    await files.rename(path, join(folder, name))
  })
  await shrink(files, folder)
}

async function shrink (files: SpoolFiles, folder: string): Promise<void> {
  const entries = (await files.readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory())
  const found = await Promise.all(entries.map(async ({ name }) => {
    const { size = 0, ctimeMs = 0 } = await files.stat(join(folder, name)).catch(() => ({}) as Partial<Stats>)
    return { name, size, movedAt: ctimeMs }
  }))
  const newestFirst = found.sort((a, b) => b.movedAt - a.movedAt)
  let bytes = 0
  for (const [index, { name, size }] of newestFirst.entries()) {
    bytes += size
    if (index >= setAsideLimits.files || bytes > setAsideLimits.bytes) await removeFile(files, join(folder, name)).catch(() => {})
  }
}
