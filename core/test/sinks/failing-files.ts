import * as promises from 'node:fs/promises'
import type { SpoolFiles } from '../../src/sinks/index.ts'

/** The real file system, on which a disk can fill up or become read-only, and which a process can be cut off from. */
export interface FailingFiles {
  readonly files: SpoolFiles
  /** What every change fails with; undefined where the disk works. */
  trouble: 'ENOSPC' | 'EROFS' | undefined
  /** After so many more changes the process is dead: nothing that it asks for happens any more, as after kill -9. */
  dieAfter: number
  readonly dead: boolean
}

export function failingFiles (): FailingFiles {
  const state: { -readonly [Key in keyof FailingFiles]: FailingFiles[Key] } = { files: promises, trouble: undefined, dieAfter: Infinity, get dead () { return state.dieAfter < 0 } }

  async function change<Result> (work: () => Promise<Result>, alsoWhenFull = false): Promise<Result> {
    if (--state.dieAfter < 0) return await new Promise(() => {})
    if (state.trouble === 'EROFS' || (state.trouble === 'ENOSPC' && !alsoWhenFull)) throw Object.assign(new Error(`${state.trouble}: no`), { code: state.trouble })
    return await work()
  }

  state.files = {
    ...promises,
    mkdir: (async (path: string, options: object) => await change(async () => await promises.mkdir(path, options))) as SpoolFiles['mkdir'],
    open: (async (path: string, flags: string, mode?: number) => flags === 'r'
      ? { sync: async () => await change(async () => {}, true), close: async () => {} }
      : await change(async () => {
        const file = await promises.open(path, flags, mode)
        return {
          writeFile: async (content: string) => {
            if (state.dieAfter === 0) await file.writeFile(content.slice(0, content.length / 2))
            await change(async () => await file.writeFile(content))
          },
          sync: async () => await change(async () => {}),
          close: async () => await file.close()
        }
      })) as unknown as SpoolFiles['open'],
    rename: async (from, to) => await change(async () => await promises.rename(from, to), true),
    unlink: async (path) => await change(async () => await promises.unlink(path), true)
  }
  return state
}
