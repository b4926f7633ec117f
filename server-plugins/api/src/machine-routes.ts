import { Readable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { httpErrorSchema, invalidRequest, machineItem, machineItemSchema, readActivation, TatuScanError, type MachineChanges, type MachineQuery } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { changesBody, listAnswer, listQuery, machineParams, messageAnswer } from './schemas.ts'
import { streamItems } from './stream-items.ts'

const errors = { '4xx': httpErrorSchema, '5xx': httpErrorSchema }
const tags = ['machines']

/** `GET /api/machines` and its alias, and one machine: read, changed, forgotten. */
export function machineRoutes (host: FastifyInstance, timeZone: string): void {
  const app = host.withTypeProvider<TypeBoxTypeProvider>()

  for (const url of ['/api/machines', '/api/inventory']) {
    app.get(url, {
      schema: { summary: 'List machines', tags, querystring: listQuery, response: { 200: listAnswer, ...errors } }
    }, async (request, reply) => {
      const query = readQuery(request.query)
      const page = await app.machines.list(query)
      if (query.limit !== undefined) {
        const { machines, count, next } = page
        return { items: machines.map((machine) => machineItem(machine, timeZone)), count, ...next !== undefined && { next_cursor: next } }
      }
      return reply.type('application/json; charset=utf-8').send(Readable.from(streamItems(app.machines, query, page, timeZone)) as never)
    })
  }

  app.get('/api/machines/:id', {
    schema: { summary: 'One machine, with its facts and failures', tags, params: machineParams, response: { 200: machineItemSchema, ...errors } }
  }, async ({ params: { id } }) => {
    return machineItem(await app.machines.find(id.toLowerCase()) ?? unknown(id), timeZone) as never
  })

  app.patch('/api/machines/:id', {
    schema: { summary: 'Set what people know of a machine', tags, params: machineParams, body: changesBody, response: { 200: messageAnswer, ...errors } }
  }, async ({ params: { id }, body }) => {
    await app.machines.update(id.toLowerCase(), readChanges(body, timeZone)) ?? unknown(id)
    return { message: 'Machine updated' }
  })

  app.delete('/api/machines/:id', {
    schema: { summary: 'Forget a machine', tags, params: machineParams, response: { 200: messageAnswer, ...errors } }
  }, async ({ params: { id } }) => {
    if (!await app.machines.remove(id.toLowerCase())) unknown(id)
    return { message: 'Machine deleted' }
  })
}

function readQuery ({ include, ...query }: Static<typeof listQuery>): MachineQuery {
  return { ...query, ...include !== undefined && { include: include.split(',') as ('facts' | 'failures')[] } } as MachineQuery
}

/** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST where nothing is changed, or a date is none */
function readChanges ({ computer_activation: activation, ...changes }: Static<typeof changesBody>, timeZone: string): Partial<MachineChanges> {
  const given = { ...changes, ...activation !== undefined && { computer_activation: readActivation(activation, timeZone) } }
  const { computer_model, computer_activation, activation_days } = given as Partial<MachineChanges>
  const known = Object.fromEntries(Object.entries({ computer_model, computer_activation, activation_days }).filter(([, value]) => value !== undefined))
  if (Object.keys(known).length === 0) {
    throw invalidRequest([{ instancePath: '', message: 'must set computer_model, computer_activation or activation_days' }])
  }
  return known
}

function unknown (id: string): never {
  throw new TatuScanError('TATUSCAN_NOT_FOUND', `there is no machine ${id}`)
}
