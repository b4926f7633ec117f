import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { agentVersion, answerError, errorResponses, formatInstant, isTimeZone, readJsonBody, TatuScanError } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { compileQuery } from './compile-query.ts'
import { listRoutes } from './list-routes.ts'
import { machineRoutes } from './machine-routes.ts'
import { collectorsAnswer, healthAnswer, unhealthyAnswer } from './schemas.ts'

/** How the API is mounted. */
export interface ApiOptions {
  /** The time zone of times in answers, and of dates that come without an offset. @default 'America/Cuiaba' */
  readonly timeZone?: string
  /** Where the routes are mounted: `/fleet` gives `GET /fleet/api/machines`. */
  readonly prefix?: string
}

async function plugin (app: FastifyInstance, { timeZone = 'America/Cuiaba' }: ApiOptions): Promise<void> {
  if (!isTimeZone(timeZone)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `timeZone must be an IANA name such as America/Cuiaba; got ${timeZone}`)
  if (app.hasRoute({ method: 'GET', url: `${app.prefix}/api/machines` })) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the API is at ${app.prefix}/api already: register it once, or under another prefix`)
  }

  // All of this is encapsulated, so that host and plugin keep their own validator, serializer and error handler.
  app.setValidatorCompiler((route) => route.httpPart === 'querystring' ? compileQuery(route as never) : TypeBoxValidatorCompiler(route as never))
  app.setSerializerCompiler(() => JSON.stringify)
  app.setReplySerializer((payload) => JSON.stringify(payload))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (request.method === 'DELETE' && body.length === 0) return undefined // some clients name a type for no body at all
    return readJsonBody(request.headers, body)
  })
  app.setErrorHandler(answerError)

  // A host that registered @fastify/swagger before describes these routes in its own document.
  if (!app.hasDecorator('swagger')) await app.register(swagger, openapiOptions)
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => { route.config = { ...route.config, access: 'viewer', page: !route.url.endsWith('/json') && !route.url.endsWith('/yaml') } })
    await docs.register(swaggerUi, { routePrefix: '/docs', indexPrefix: app.prefix, staticCSP: true })
  })
  app.get('/openapi.json', { config: { access: 'viewer' }, schema: { hide: true } }, async () => app.swagger())

  listRoutes(app, timeZone)
  machineRoutes(app, timeZone)

  app.get('/api/collectors', {
    config: { access: 'viewer' },
    schema: { summary: 'Known collectors and their schemas', tags: ['collectors'], response: { 200: collectorsAnswer, ...errorResponses(500, 503) } }
  }, async () => {
    const items = (await app.machines.collectors()).map((collector) => ({ ...collector, updated_at: formatInstant(collector.updated_at, timeZone) }))
    return { items, count: items.length }
  })

  app.get('/api/health', {
    config: { access: 'public', probe: true },
    schema: { summary: 'Whether the database answers', tags: ['health'], response: { 200: healthAnswer, 500: unhealthyAnswer } }
  }, async (request, reply) => {
    try {
      await app.machines.ping()
      return { status: 'healthy' }
    } catch (error) {
      request.log.error(error)
      return reply.code(500).send({ status: 'unhealthy' })
    }
  })
}

/** What a server that registers @fastify/swagger itself, so that one document describes all of its routes, gives to it. */
export const openapiOptions = {
  openapi: {
    openapi: '3.1.0',
    info: { title: 'TatuScan', description: 'A machine inventory that takes plugins at every joint.', version: agentVersion }
  }
}

/** Fastify plugin: listing, exporting, editing and forgetting machines over HTTP, health, and OpenAPI with a page to try it. */
export const api = fp(plugin, { name: '@tatuscan/server-api', fastify: '5.x', encapsulate: true, decorators: { fastify: ['machines'] } })

export default api
