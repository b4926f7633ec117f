import { toHttpError, type TatuScanError } from '@tatuscan/core'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers at once, before any of the body is looked at; where a page was asked for it is left to whoever makes pages, unless it should be plain. */
export function refuse (
  { routeOptions: { config } }: FastifyRequest, reply: FastifyReply, error: TatuScanError, done: (error: Error) => void, { plain = false } = {}
): void {
  if (config?.page && !plain) return done(error)
  const { statusCode, body, retryAfter } = toHttpError(error)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  reply.code(statusCode).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
