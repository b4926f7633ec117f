import { readFile, stat } from 'node:fs/promises'
import { parseStrictJson, TatuScanError } from '@tatuscan/core'

/** Beyond what facts may be, since they may be indented. */
export const mostBytes = 256 * 1024

/**
 * Reads what a file holds or a program printed: one JSON object, read strictly; undefined where there is only space.
 *
 * @throws {TatuScanError} TATUSCAN_FACTS_INVALID, naming the place
 */
export function readFacts (bytes: Buffer, what: string): object | undefined {
  const text = bytes.subarray(bytes.indexOf('\ufeff') === 0 ? 3 : 0) // Windows likes to begin with a byte order mark
  if (text.length < mostBytes && text.toString('latin1').trim() === '') return undefined
  let value: unknown
  try {
    value = parseStrictJson(text)
  } catch (error) {
    const [detail] = (error as TatuScanError).details ?? []
    const said = detail === undefined ? (error as Error).message : detail.message
    throw new TatuScanError('TATUSCAN_FACTS_INVALID', detail?.path ? `${what}: ${detail.path} ${said}` : `${what} ${said}`, { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TatuScanError('TATUSCAN_FACTS_INVALID', `${what} must be one JSON object such as {"model": "x"}`)
  }
  return value
}

/** Reads a JSON file, not a huge one. */
export async function readFactsFile (path: string): Promise<object | undefined> {
  const found = await stat(path)
  if (!found.isFile()) throw new TatuScanError('TATUSCAN_FACTS_FILE_REFUSED', `${path} is no file`) // a pipe would never end
  const { size } = found
  if (size > mostBytes) throw new TatuScanError('TATUSCAN_FACTS_TOO_LARGE', `${path} holds ${size} bytes; at most ${mostBytes} are read`)
  return readFacts(await readFile(path), path)
}
