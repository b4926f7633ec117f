import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

const mostBytes = 1_048_576
const chunkBytes = 16_384

/**
 * The first MiB of a file below `/proc`: the tables of a router that knows the whole internet are a hundred times
 * that, and what is looked for comes early. Empty where the file can't be read: then what it would tell is unknown.
 */
export function readProc (root: string, file: string): string {
  try {
    const descriptor = openSync(join(root, 'proc', file), 'r')
    try {
      return readMost(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return ''
  }
}

function readMost (descriptor: number): string {
  const chunks: Buffer[] = []
  for (let total = 0, bytes = 1; bytes > 0 && total < mostBytes; total += bytes) {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    bytes = readSync(descriptor, chunk, 0, chunkBytes, null)
    chunks.push(chunk.subarray(0, bytes))
  }
  return Buffer.concat(chunks).toString()
}
