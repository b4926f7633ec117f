import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

/**
 * How many items are written at once. The text of many would be so long that only a full collection of garbage frees it,
 * and memory would grow until then.
 */
const pieceSize = 50

/**
 * Text made of items that are read in portions, as a stream that reads on only while it is read, and stops reading when
 * it is closed. Resolves once the first portion is there, so that what is wrong with a request, or with the database, is
 * known before a status is sent. An error later on destroys the stream, and with it the connection: whoever reads can't
 * take what came for the whole.
 *
 * @param write makes text of pieces of at least one item
 */
export async function streamPortions<Item> (portions: AsyncIterable<Item[]>, write: (pieces: AsyncIterable<Item[]>) => AsyncIterable<string>): Promise<Readable> {
  const reading = portions[Symbol.asyncIterator]()
  let portion = await reading.next()

  async function * pieces (): AsyncGenerator<Item[]> {
    for (; portion.done !== true; portion = await reading.next()) {
      for (let start = 0; start < portion.value.length; start += pieceSize) {
        yield portion.value.slice(start, start + pieceSize)
        await turn() // a store that answers at once, and a client that takes all, would leave no turn to anybody else
      }
    }
  }

  const text = process.getBuiltinModule('node:stream').Readable.from(write(pieces()))
  text.once('close', () => { reading.return?.().catch(() => {}) }) // an error was told by next() already
  return text
}
