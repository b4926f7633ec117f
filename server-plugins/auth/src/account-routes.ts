import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { errorResponses, personRoles, tokenRoles, type CredentialStore } from '@tatuscan/core'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { createAccounts } from './accounts.ts'
import { jsonScope } from './json-scope.ts'

const text = { type: 'string' } as const
const instant = { type: 'string', description: 'ISO 8601 in UTC' } as const
const optionalInstant = { type: ['string', 'null'], description: 'ISO 8601 in UTC' } as const
const message = { type: 'object', required: ['message'], properties: { message: text } } as const
const personRole = { type: 'string', enum: personRoles } as const
const tokenRole = { type: 'string', enum: tokenRoles } as const
const listOf = (properties: Record<string, TSchema>) => ({
  type: 'object',
  required: ['items', 'count'],
  properties: { items: { type: 'array', items: { type: 'object', properties } }, count: { type: 'integer' } }
}) as const
const withBody = errorResponses(400, 413, 415, 500, 503)
const one = errorResponses(400, 404, 413, 415, 500, 503)

/** People and tokens, over the API: for admins. */
export function accountRoutes (scope: FastifyInstance, credentials: CredentialStore): void {
  jsonScope(scope)
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  const accounts = createAccounts(credentials)
  const config = { access: 'admin' } as const

  app.get('/api/users', {
    config,
    schema: {
      summary: 'People who may log in',
      tags: ['people'],
      response: { 200: listOf({ name: text, role: personRole, created_at: instant, last_login_at: optionalInstant }), ...errorResponses(500, 503) }
    }
  }, async () => listed(await credentials.users()))

  app.post('/api/users', {
    config,
    bodyLimit: 8192,
    schema: {
      summary: 'Add a person',
      tags: ['people'],
      body: { type: 'object', required: ['name', 'role', 'password'], properties: { name: text, role: personRole, password: text } },
      response: { 201: message, ...withBody }
    }
  }, async ({ body }, reply) => {
    await accounts.addUser(body)
    return reply.code(201).send({ message: 'Person added' })
  })

  app.patch('/api/users/:name', {
    config,
    bodyLimit: 8192,
    schema: {
      summary: 'Give a person another password, and end their sessions',
      tags: ['people'],
      params: { type: 'object', required: ['name'], properties: { name: text } },
      body: { type: 'object', required: ['password'], properties: { password: text } },
      response: { 200: message, ...one }
    }
  }, async ({ params: { name }, body: { password } }) => {
    await accounts.setPassword(name, password)
    return { message: 'Person updated' }
  })

  app.delete('/api/users/:name', {
    config,
    bodyLimit: 8192,
    schema: { summary: 'Remove a person, with their sessions', tags: ['people'], params: { type: 'object', required: ['name'], properties: { name: text } }, response: { 200: message, ...one } }
  }, async ({ params: { name } }) => {
    await accounts.removeUser(name)
    return { message: 'Person removed' }
  })

  app.get('/api/tokens', {
    config,
    schema: {
      summary: 'Tokens of scripts',
      tags: ['tokens'],
      response: {
        200: listOf({ id: text, name: text, role: tokenRole, created_at: instant, last_used_at: optionalInstant, expires_at: optionalInstant }), ...errorResponses(500, 503)
      }
    }
  }, async () => listed(await credentials.tokens()))

  app.post('/api/tokens', {
    config,
    bodyLimit: 8192,
    schema: {
      summary: 'Make a token',
      tags: ['tokens'],
      body: { type: 'object', required: ['role'], properties: { role: tokenRole, name: text, days: { type: 'number', description: 'until it expires; without it holds until it is revoked' } } },
      response: { 201: { type: 'object', description: 'the token, told once', required: ['id', 'token'], properties: { id: text, token: text } }, ...withBody }
    }
  }, async ({ body }, reply) => reply.code(201).send(await accounts.createToken(body)))

  app.delete('/api/tokens/:id', {
    config,
    bodyLimit: 8192,
    schema: { summary: 'Revoke a token', tags: ['tokens'], params: { type: 'object', required: ['id'], properties: { id: text } }, response: { 200: message, ...one } }
  }, async ({ params: { id } }) => {
    await accounts.revokeToken(id)
    return { message: 'Token revoked' }
  })
}

function listed (items: readonly unknown[]): never {
  return { items, count: items.length } as never
}
