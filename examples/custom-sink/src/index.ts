import { open, type FileHandle } from 'node:fs/promises'
import type { Sink } from '@tatuscan/core'

export interface FileSinkOptions {
  /** Reports are added to this file, one JSON document a line. */
  readonly file: string
}

/** Keeps reports in a file of JSON lines, on disk once `write` resolves. */
export function fileSink ({ file }: FileSinkOptions): Sink {
  let handle: Promise<FileHandle> | undefined
  return {
    name: 'file',
    async write (reports, { signal }) {
      signal.throwIfAborted()
      handle ??= open(file, 'a')
      try {
        const opened = await handle
        await opened.appendFile(reports.map((report) => `${JSON.stringify(report)}\n`).join(''))
        await opened.sync()
      } catch (error) {
        handle = undefined // what failed to open is opened again next time
        throw error
      }
    },
    async close () {
      await (await handle)?.close()
    }
  }
}

export default fileSink
