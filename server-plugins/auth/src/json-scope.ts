import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { answerError, readJsonBody } from '@tatuscan/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Gives a scope the parser, validator and errors of TatuScan's API, whatever its host has. */
export function jsonScope (app: FastifyInstance): void {
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setReplySerializer((payload) => JSON.stringify(payload))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) =>
    request.method === 'DELETE' && body.length === 0 ? undefined : readJsonBody(request.headers, body))
  app.setErrorHandler(answerError)
}
