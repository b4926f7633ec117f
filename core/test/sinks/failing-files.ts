import type { SpoolFile, SpoolFiles } from '../../src/sinks/index.ts'
import { realFiles } from '../../src/sinks/spool/files.ts'

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
  const mortal = { dieAfter: Infinity, get dead () { return mortal.dieAfter < 0 }, files: realFiles }

  const handles = new Set<SpoolFile>()

  async function change<Result> (work: () => Promise<Result>, { needsRoom = false } = {}): Promise<Result> {
    if (--mortal.dieAfter < 0) {
      for (const handle of handles) await handle.close()
      handles.clear()
      return await new Promise(() => {})
    }
    if (disk.trouble === 'EROFS' || (disk.trouble === 'ENOSPC' && needsRoom)) throw Object.assign(new Error(disk.trouble), { code: disk.trouble })
    return await work()
  }

  async function open (path: string, flags: 'r' | 'w', mode?: number): Promise<SpoolFile> {
    const sync = async () => await change(async () => {})
    if (flags === 'r') return { sync, writeFile: async () => {}, close: async () => {} }
    const file = await change(async () => await realFiles.open(path, flags, mode))
    handles.add(file)
    const writeFile = async (content: string) => {
      if (mortal.dieAfter === 0 || disk.trouble === 'ENOSPC') await file.writeFile(content.slice(0, content.length / 2))
      await change(async () => await file.writeFile(content), { needsRoom: true })
    }
    return { writeFile, sync, close: async () => { if (handles.delete(file)) await file.close() } }
  }

  mortal.files = {
    ...realFiles,
    open,
    mkdir: async (path, options) => await change(async () => await realFiles.mkdir(path, options)),
    rename: async (from, to) => await change(async () => await realFiles.rename(from, to)),
    unlink: async (path) => await change(async () => await realFiles.unlink(path))
  }
  return mortal
}
