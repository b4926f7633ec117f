import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { errorResponses, TatuScanError, type AgentKey, type CredentialStore } from '@tatuscan/core'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { bearerOf } from './authenticate.ts'
import { jsonScope } from './json-scope.ts'
import { hashSecret, makeSecret, prefixes } from './secrets.ts'

/** A key that was used since is another agent's, which is alive. */
const quietMs = 24 * 60 * 60 * 1000

const machineId = { type: 'string', pattern: '^[0-9a-fA-F]{64}$', description: '64 hexadecimal digits' } as const
const params = { type: 'object', required: ['id'], properties: { id: machineId } } as const
const keyAnswer = { type: 'object', description: 'the key, told once', required: ['key'], properties: { key: { type: 'string' } } } as const
const instant = { type: ['string', 'null'], description: 'ISO 8601 in UTC' } as const
const keysAnswer = {
  type: 'object',
  description: 'the newest first',
  required: ['items', 'count'],
  properties: {
    items: {
      type: 'array',
      items: { type: 'object', properties: { machine_id: machineId, created_at: instant, last_used_at: instant, expires_at: instant, released_at: instant, taken_over_at: instant } }
    },
    count: { type: 'integer' }
  }
} as const satisfies TSchema
const message = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } } as const
const tags = ['keys']

/** What agents report with: bought, rotated, looked at, let go. */
export function enrolRoutes (host: FastifyInstance, credentials: CredentialStore): void {
  host.register(async (scope) => {
    jsonScope(scope)
    const app = scope.withTypeProvider<TypeBoxTypeProvider>()

    app.post('/api/enrol', {
      config: { access: 'enrol' },
      bodyLimit: 4096,
      schema: {
        summary: 'Give an agent the key of its machine, for the enrolment secret; or a new one for its own',
        tags,
        body: { type: 'object', required: ['machine_id'], properties: { machine_id: machineId } },
        response: { 201: keyAnswer, ...errorResponses(400, 401, 403, 409, 413, 415, 500, 503) }
      }
    }, async (request, reply) => {
      const id = request.body.machine_id.toLowerCase()
      const { requester } = request
      const key = makeSecret(prefixes.key)
      if (requester?.kind === 'agent') {
        if (requester.machine_id !== id) throw new TatuScanError('TATUSCAN_FORBIDDEN', `this key is of the machine ${requester.machine_id}, and gets a new one for no other`)
        const old = hashSecret(bearerOf(request.headers)!)
        if (!await credentials.rotateKey({ hash: old, next: hashSecret(key) })) throw new TatuScanError('TATUSCAN_UNAUTHORIZED', 'this key holds no more')
        return reply.code(201).send({ key })
      }
      const outcome = await credentials.enrol({ hash: hashSecret(key), machine_id: id, quietSince: new Date(Date.now() - quietMs) })
      if (outcome === 'in-use') {
        throw new TatuScanError('TATUSCAN_KEY_IN_USE', `an agent with a key has reported as the machine ${id} within 24 hours; if this one is to take its place, an admin has to release it: tatuscan machines release ${id}`)
      }
      if (outcome === 'taken-over') request.log.warn({ machine_id: id, address: request.ip }, `another agent has taken over the machine ${id}; the key before is dead`)
      return reply.code(201).send({ key })
    })

    app.get('/api/machines/:id/keys', {
      config: { access: 'viewer' },
      schema: { summary: 'When a machine was enrolled, and whether another agent took it over', tags, params, response: { 200: keysAnswer, ...errorResponses(400, 500, 503) } }
    }, async ({ params: { id } }) => {
      const items = (await credentials.keysOf(id.toLowerCase())).map((key: AgentKey) => ({ ...key }))
      return { items, count: items.length } as never
    })

    app.post('/api/machines/:id/release', {
      config: { access: 'admin' },
      bodyLimit: 4096,
      schema: { summary: 'Let another agent take a machine over', tags, params, response: { 200: message, ...errorResponses(400, 404, 413, 415, 500, 503) } }
    }, async ({ params: { id } }) => {
      if (!await credentials.releaseKey(id.toLowerCase())) throw new TatuScanError('TATUSCAN_NOT_FOUND', `no agent has a key of the machine ${id}`)
      return { message: 'The next agent that enrols this machine takes it over' }
    })

    app.delete('/api/machines/:id/keys', {
      config: { access: 'admin' },
      bodyLimit: 4096,
      schema: { summary: 'End a machine’s keys: its agent needs the enrolment secret to report again', tags, params, response: { 200: message, ...errorResponses(400, 404, 413, 415, 500, 503) } }
    }, async ({ params: { id } }) => {
      if (!await credentials.removeKeys(id.toLowerCase())) throw new TatuScanError('TATUSCAN_NOT_FOUND', `no agent has a key of the machine ${id}`)
      return { message: 'Its keys have ended; whoever enrols this machine next reports as it' }
    })
  })
}
