import { toHttpError, type TatuScanError } from '@tatuscan/core'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Why a request is refused. */
export interface Refusal {
  readonly error: TatuScanError
  /** Whether it is told in plain words even where a page was asked for. */
  readonly plain?: boolean
}

/** Looks at a request as it comes, to a route of this configuration; undefined: it may go on. */
export type Check = (request: FastifyRequest, config: FastifyRequest['routeOptions']['config']) => Refusal | undefined

/** Answers at once, before any of the body is looked at; where a page was asked for it is left to whoever makes pages, unless it should be plain. */
export function refuse ({ routeOptions: { config } }: FastifyRequest, reply: FastifyReply, { error, plain = false }: Refusal, done: (error: Error) => void): void {
  if (config?.page && !plain) return done(error)
  const { statusCode, body, retryAfter } = toHttpError(error)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  reply.code(statusCode).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
