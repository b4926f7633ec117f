import type { IncomingMessage } from 'node:http'

/**
 * Reads what a client still sends of a body that is refused already, so that it gets to read why: a connection that is
 * closed meanwhile breaks under it, and takes the answer along. Of one that sends more than `most` bytes the rest is not
 * waited for.
 */
export async function readRest (request: IncomingMessage, most: number): Promise<void> {
  if (request.readableEnded || request.destroyed || Number(request.headers['content-length']) > most) return
  await new Promise<void>((resolve) => {
    let left = most
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) resolve()
    }).on('end', resolve).on('close', resolve)
  })
}
