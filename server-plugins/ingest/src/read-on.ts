import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Reads on what a client still sends of a body that is refused already, so that it gets to read why: a connection that is
 * closed meanwhile breaks under it, and takes the answer along. One that sends on beyond `most` bytes is closed after all.
 */
export function readOn ({ raw }: FastifyRequest, reply: FastifyReply, most: number): void {
  if (raw.complete) return
  let left = most
  reply.removeHeader('connection')
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) raw.destroy()
  })
}
