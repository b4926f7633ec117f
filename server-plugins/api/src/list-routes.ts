import { Readable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import {
  csvRecord, errorResponses, factNameForm, formatInstant, invalidRequest, machineItem, pointerTo, readFactName, readFilter, sortKeys, streamPortions,
  type FactKey, type Machine, type MachineQuery, type SortKey
} from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { includeOf, readColumns } from './csv-columns.ts'
import { csvAnswer, csvQuery, listAnswer, listQuery } from './schemas.ts'

const errors = errorResponses(400, 500, 503)
const tags = ['machines']

/** `GET /api/machines` and its alias, in pages or whole, and `GET /api/machines.csv`. */
export function listRoutes (host: FastifyInstance, timeZone: string): void {
  const app = host.withTypeProvider<TypeBoxTypeProvider>()
  const item = (machine: Machine) => machineItem(machine, timeZone)

  for (const url of ['/api/machines', '/api/inventory']) {
    app.get(url, {
      config: { access: 'viewer' },
      schema: { summary: 'List machines', tags, querystring: listQuery, response: { 200: listAnswer, ...errors } }
    }, async (request, reply) => {
      const { limit, cursor, include, ...rest } = request.query
      const query = { ...readQuery(rest, timeZone), ...include !== undefined && { include: include.split(',') as ('facts' | 'failures')[] } }
      if (limit !== undefined || cursor !== undefined) {
        const { machines, count, next } = await app.machines.list({ ...query, limit: limit ?? 1000, ...cursor !== undefined && { cursor } })
        return { items: machines.map(item), count, ...next !== undefined && { next_cursor: next } }
      }
      const text = await streamPortions(app.machines.stream(query), async function * (portions) {
        let count = 0
        yield '{"items":['
        for await (const machines of portions) {
          yield (count === 0 ? '' : ',') + machines.map((machine) => JSON.stringify(item(machine))).join()
          count += machines.length
        }
        yield `],"count":${count}}`
      })
      return reply.type('application/json; charset=utf-8').send(bodyFor(request.method, text) as never)
    })
  }

  app.get('/api/machines.csv', {
    config: { access: 'viewer' },
    schema: { summary: 'All machines that match, as CSV', tags, querystring: csvQuery, response: { 200: csvAnswer, ...errors } }
  }, async (request, reply) => {
    const { fields, ...rest } = request.query
    const columns = readColumns(fields)
    const query = { ...readQuery(rest, timeZone), include: includeOf(columns) }
    const text = await streamPortions(app.machines.stream(query), async function * (portions) {
      yield csvRecord(columns.map(({ name }) => name))
      for await (const machines of portions) {
        yield machines.map(item).map((machine) => csvRecord(columns.map(({ read }) => read(machine as Parameters<typeof read>[0])))).join('')
      }
    })
    const today = formatInstant(new Date(), timeZone).slice(0, 10)
    return reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="tatuscan-machines-${today}.csv"`)
      .send(bodyFor(request.method, text) as never)
  })
}

/**
 * The filters and the order that a query asks for.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST for what can't be understood
 */
function readQuery ({ sort, dir, ...asked }: Omit<Static<typeof csvQuery>, 'fields'>, timeZone: string): Omit<MachineQuery, 'limit' | 'cursor'> {
  const { filter, wrong } = readFilter(asked as unknown as Record<string, string>, timeZone)
  const errors = wrong.map(({ name, message }) => ({ instancePath: pointerTo('', name), message }))
  const sorted = sort === undefined || sortKeys.some((key) => key === sort) || readFactName(sort) !== undefined
  if (!sorted) errors.push({ instancePath: '/sort', message: `must be one of ${sortKeys.join(', ')}, or ${factNameForm}` })
  if (errors.length > 0) throw invalidRequest(errors)
  return { ...filter, ...sort !== undefined && { sort: sort as SortKey | FactKey }, ...dir !== undefined && { dir } }
}

/** Nobody reads the body of an answer to HEAD: the first portion, which told that all is well, is enough. */
function bodyFor (method: string, text: Readable): Readable {
  if (method !== 'HEAD') return text
  text.destroy()
  return Readable.from([])
}
