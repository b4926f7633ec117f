import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { errorResponses, invalidRequest, limits, machineItem, readActivation, TatuScanError, type MachineChanges } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { changesBody, machineAnswer, machineParams, messageAnswer } from './schemas.ts'

const tags = ['machines']
const withBody = errorResponses(400, 404, 413, 415, 500, 503)

/** One machine: read, changed, forgotten. */
export function machineRoutes (host: FastifyInstance, timeZone: string): void {
  const app = host.withTypeProvider<TypeBoxTypeProvider>()

  app.get('/api/machines/:id', {
    config: { access: 'viewer' },
    schema: { summary: 'One machine, with its facts and failures', tags, params: machineParams, response: { 200: machineAnswer, ...errorResponses(404, 500, 503) } }
  }, async ({ params: { id } }) => {
    return machineItem(await app.machines.find(machineId(id)) ?? unknown(id), timeZone) as never
  })

  app.patch('/api/machines/:id', {
    config: { access: 'admin' },
    bodyLimit: limits.reportBytes,
    schema: { summary: 'Set what people know of a machine', tags, params: machineParams, body: changesBody, response: { 200: messageAnswer, ...withBody } }
  }, async ({ params: { id }, body }) => {
    await app.machines.update(machineId(id), readChanges(body, timeZone)) ?? unknown(id)
    return { message: 'Machine updated' }
  })

  app.delete('/api/machines/:id', {
    config: { access: 'admin' },
    bodyLimit: limits.reportBytes,
    schema: { summary: 'Forget a machine', tags, params: machineParams, response: { 200: messageAnswer, ...withBody } }
  }, async ({ params: { id } }) => {
    const known = machineId(id)
    // Its key first: a report that came in between would make it anew
    if (app.hasDecorator('credentials')) await app.credentials.removeKeys(known)
    if (!await app.machines.remove(known)) unknown(id)
    return { message: 'Machine deleted' }
  })
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

/** What can be no id is not looked for: not every database takes any text. */
function machineId (id: string): string {
  return /^[0-9a-f]{64}$/i.test(id) ? id.toLowerCase() : unknown(id)
}

function unknown (id: string): never {
  throw new TatuScanError('TATUSCAN_NOT_FOUND', `there is no machine ${id}`)
}
