import { csvRecord, formatInstant, streamPortions } from '@tatuscan/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { chosenColumns, knownColumns } from './columns.ts'
import type { PageContext } from './page.ts'
import { includeOf } from './pages/report.ts'
import { filterOf, orderOf } from './query.ts'

/** What the report shows, all of its pages, as CSV: the same machines in the same order, the same columns under the same titles. Units are in the titles, and values bare. */
export async function exportReport (context: PageContext, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { machines, query, t, timeZone, now } = context
  const columns = chosenColumns(query.fields, knownColumns(await machines.collectors(), context))
  const titles = columns.map(({ label, collector, unit }) => (collector === undefined ? label : `${collector} · ${label}`) + (unit === undefined ? '' : ` (${unit})`))
  const text = await streamPortions(machines.stream({ ...filterOf(query, timeZone), ...orderOf(query), include: includeOf(columns) }), async function * (portions) {
    yield '\ufeff' + csvRecord([t.fields.hostname, t.fields.status, ...titles]) // without the mark spreadsheets take it for the system's own encoding
    for await (const portion of portions) {
      yield portion.map((machine) => csvRecord([machine.hostname, t.status[machine.status], ...columns.map(({ raw }) => raw(machine))])).join('')
    }
  })
  if (request.method === 'HEAD') text.destroy() // nobody reads it
  const day = formatInstant(now, timeZone).slice(0, 10)
  return await reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="tatuscan-${day}.csv"`).header('cache-control', 'private, no-cache')
    .send(request.method === 'HEAD' ? '' : text)
}
