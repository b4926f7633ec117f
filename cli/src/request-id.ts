import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** What a client or a proxy may call a request: enough for UUIDs, trace ids and counters, and nothing that could forge a line of a log. */
const acceptable = /^[\w.:@=+/-]{1,128}$/

/** Gives each request the id that its `X-Request-Id` tells, else one of its own, which no other server gives. */
export function createRequestIds (): (request: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = randomBytes(6).toString('base64url')
  let count = 0
  return ({ headers: { 'x-request-id': given } }) => typeof given === 'string' && acceptable.test(given) ? given : `${prefix}-${(++count).toString(36)}`
}

/** Tells the id in every answer, so that what a client saw is found in the log. */
export function tellRequestIds (app: FastifyInstance): void {
  app.addHook('onRequest', ({ id }, reply, done) => {
    reply.header('x-request-id', id)
    done()
  })
}

/** An address as it may stand in a log: the code that makes the first admin is a secret. */
export function loggedUrl (url: string): string {
  return url.replaceAll(/((?:[?&]|%3F|%26)code(?:=|%3D))[^&#]*/gi, '$1…')
}
