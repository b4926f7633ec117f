import * as promises from 'node:fs/promises'
import type { SpoolFiles } from '../../src/sinks/index.ts'

export type Trouble = 'ENOSPC' | 'EROFS'

/** A disk that several processes use, one after the other. */
export interface FailingDisk {
  /** What changes fail with; undefined where it works. */
  trouble: Trouble | undefined
}

/** The real file system as one process sees it that will be killed. */
export interface MortalFiles {
  readonly files: SpoolFiles
  /** After so many more changes nothing that it asks for happens, as after kill -9. */
  dieAfter: number
  readonly dead: boolean
}

/** Nothing is synced: what is on disk here is what the file system shows, and it is fast. */
export function mortalFiles (disk: FailingDisk): MortalFiles {
  const mortal = { dieAfter: Infinity, get dead () { return mortal.dieAfter < 0 }, files: promises as SpoolFiles }

  const handles = new Set<promises.FileHandle>()

  async function change<Result> (work: () => Promise<Result>, { needsRoom = false } = {}): Promise<Result> {
    if (--mortal.dieAfter < 0) {
      for (const handle of handles) await handle.close()
      handles.clear()
      return await new Promise(() => {})
    }
    if (disk.trouble === 'EROFS' || (disk.trouble === 'ENOSPC' && needsRoom)) throw Object.assign(new Error(disk.trouble), { code: disk.trouble })
    return await work()
  }

  async function open (path: string, flags: string, mode?: number) {
    const sync = async () => await change(async () => {})
    if (flags === 'r') return { sync, close: async () => {} }
    const file = await change(async () => await promises.open(path, flags, mode))
    handles.add(file)
    const writeFile = async (content: string) => {
      if (mortal.dieAfter === 0 || disk.trouble === 'ENOSPC') await file.writeFile(content.slice(0, content.length / 2))
      await change(async () => await file.writeFile(content), { needsRoom: true })
    }
    return { writeFile, sync, close: async () => { if (handles.delete(file)) await file.close() } }
  }

  mortal.files = {
    ...promises,
    open: open as unknown as SpoolFiles['open'],
    mkdir: (async (path: string, options: object) => await change(async () => await promises.mkdir(path, options))) as SpoolFiles['mkdir'],
    rename: async (from, to) => await change(async () => await promises.rename(from, to)),
    unlink: async (path) => await change(async () => await promises.unlink(path))
  }
  return mortal
}
