import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '@tatuscan/core'

/**
 * Writes what comes to stdout, or to a file that is there whole or stays as it was.
 *
 * @throws where it broke off, or could not be written
 */
export async function saveStream (source: Readable, file: string | undefined): Promise<void> {
  if (file === undefined) {
    await pipeline(source, process.stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw brokenOff(error) // a reader that has left is content
    })
    return
  }
  const temporary = `${file}.${process.pid}.part`
  try {
    await pipeline(source, createWriteStream(temporary, { flags: 'wx', flush: true }))
    await rename(temporary, file)
    const folder = await open(dirname(file)).catch(() => undefined) // Windows opens no folder
    await folder?.sync().catch(() => {})
    await folder?.close()
  } catch (error) {
    await rm(temporary, { force: true })
    throw brokenOff(error)
  }
}

function brokenOff (error: unknown): Error {
  return new Error(`the export is not whole: ${messageOf(error)}`, { cause: error })
}
