import { closeSync, fsync, openSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync, type Dirent, type Stats } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeFolder as makeRealFolder } from '../../make-folder.ts'

/** What the spool asks of a file system; `node:fs/promises` is one, too. */
export interface SpoolFiles {
  mkdir (path: string, options: { readonly recursive: true, readonly mode: number }): Promise<unknown>
  open (path: string, flags: 'r' | 'w', mode?: number): Promise<SpoolFile>
  readdir (path: string, options: { readonly withFileTypes: true }): Promise<Dirent[]>
  readFile (path: string, encoding: 'utf8'): Promise<string>
  rename (from: string, to: string): Promise<void>
  stat (path: string): Promise<Pick<Stats, 'size' | 'ctimeMs'>>
  unlink (path: string): Promise<void>
}

/** A file that is open, or a folder that is to be synced. */
export interface SpoolFile {
  writeFile (content: string): Promise<void>
  sync (): Promise<void>
  close (): Promise<void>
}

const sync = promisify(fsync)

/**
 * The real one. Small files and folders are the kernel's cache, where a trip through the thread pool costs more than
 * what is done there; a sync waits for the disk, and is made in the pool.
 */
export const realFiles: SpoolFiles = {
  mkdir: async (path) => makeRealFolder(path),
  async open (path, flags, mode) {
    const descriptor = openSync(path, flags, mode)
    return {
      writeFile: async (content) => writeFileSync(descriptor, content),
      sync: async () => await sync(descriptor),
      close: async () => closeSync(descriptor)
    }
  },
  readdir: async (path, options) => readdirSync(path, options),
  readFile: async (path, encoding) => readFileSync(path, encoding),
  rename: async (from, to) => renameSync(from, to),
  stat: async (path) => statSync(path),
  unlink: async (path) => unlinkSync(path)
}

/** The name under which a file is written until it is whole; what is left of one that never was is swept later. */
export const temporaryName = (name: string): string => `.${name}.${process.pid}.tmp`

/** What {@link temporaryName} makes, by whichever process. */
export const isTemporary = (name: string): boolean => /^\..+\.\d+\.tmp$/.test(name)

/**
 * Writes a file so that it is either whole and on disk, or not there, wherever the process or the machine ends: under
 * another name, synced, renamed, the folder synced. A folder that is missing is made.
 */
export async function writeDurably (files: SpoolFiles, folder: string, name: string, content: string): Promise<void> {
  const temporary = join(folder, temporaryName(name))
  const open = async () => await files.open(temporary, 'w', 0o600)
  const file = await open().catch(async (error: unknown) => {
    if (!isMissing(error)) throw error
    await makeFolder(files, folder)
    return await open()
  })
  try {
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await files.rename(temporary, join(folder, name))
  } catch (error) {
    await files.unlink(temporary).catch(() => {}) // a full disk has better uses for it
    throw error
  }
  await syncFolder(files, folder)
}

/** Makes what was renamed into a folder last. Windows can't, and needs none. */
export async function syncFolder (files: SpoolFiles, folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const opened = await files.open(folder, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}

/** Nobody but the agent's user reads a spool: facts are nobody else's business. */
export async function makeFolder (files: SpoolFiles, folder: string): Promise<void> {
  await files.mkdir(folder, { recursive: true, mode: 0o700 })
}

/** Removes a file; one that is gone already is fine. */
export async function removeFile (files: SpoolFiles, path: string): Promise<void> {
  await files.unlink(path).catch((error: unknown) => { if (!isMissing(error)) throw error })
}

export function isMissing (error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT'
}
