import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { answerError, checkMayReport, errorResponses, invalidRequest, isTimeZone, limits, machineItem, parseStrictJson, parseStrictJsonList, TatuScanError, toHttpError, type Requester, type Saved, type StrictItem, type ValidationError } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { bodyParser } from './body-parser.ts'
import { incomingSchema, resultsSchema, savedSchema } from './incoming-schema.ts'
import { readReport, type Body } from './read-report.ts'
import { readRest } from './read-rest.ts'

/** How ingestion is mounted. */
export interface IngestOptions {
  /** The time zone of times in answers, and of dates that come without an offset. @default 'America/Cuiaba' */
  readonly timeZone?: string
  /** Where the routes are mounted: `/fleet` gives `POST /fleet/api/machines`. */
  readonly prefix?: string
}

async function plugin (app: FastifyInstance, { timeZone = 'America/Cuiaba' }: IngestOptions): Promise<void> {
  if (!isTimeZone(timeZone)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `timeZone must be an IANA name such as America/Cuiaba; got ${timeZone}`)
  const validate = TypeBoxValidatorCompiler({ schema: incomingSchema, httpPart: 'body', method: '', url: '' })

  // All of this is encapsulated, so that host and plugin keep their own validator, serializer, parsers and error handler.
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setReplySerializer((payload) => JSON.stringify(payload))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', bodyParser(limits.reportBytes, parseStrictJson))
  app.setErrorHandler(async (error, request, reply) => {
    await readRest(request.raw, 4 * limits.batchBytes)
    return answerError(error, request, reply)
  })

  /** Stores a report; where it throws, or its promise rejects, nothing was changed. */
  function save (body: Body, requester: Requester | undefined): Promise<Saved> {
    const report = readReport(body, timeZone, requester?.kind === 'original')
    checkMayReport(requester, report.machine_id)
    return app.machines.save(report)
  }

  app.post('/api/machines', {
    config: { access: 'agent', original: true },
    schema: {
      summary: 'Take one report',
      tags: ['reports'],
      body: incomingSchema,
      response: {
        200: { ...savedSchema, description: 'on disk: the machine was known' },
        201: { ...savedSchema, description: 'on disk: the machine is new' },
        ...errorResponses(400, 413, 415, 422, 500, 503)
      }
    }
  }, async (request, reply) => {
    const body = request.body as Body
    const { outcome, machine, newest_report_id } = await save(body, request.requester)
    const { statusCode, message } = answerTo(outcome, body)
    reply.code(statusCode)
    return { message, item: machineItem(machine, timeZone), newest_report_id }
  })

  await app.register(async (app) => {
    /** What is known of a batch's items beside their values, by the batch: a host's hooks see an array of reports. */
    const itemsOf = new WeakMap<object, readonly StrictItem[]>()
    app.removeContentTypeParser('application/json')
    app.addContentTypeParser('application/json', bodyParser(limits.batchBytes, (body) => {
      const items = parseStrictJsonList(body, limits.batchReports)
      const values = items.map(({ value }) => value)
      itemsOf.set(values, items)
      return values
    }))

    app.post('/api/reports', {
      config: { access: 'agent' },
      schema: {
        summary: 'Take a batch of reports, each accepted or refused alone',
        tags: ['reports'],
        body: { type: 'array', maxItems: limits.batchReports, items: { description: 'a report as POST /api/machines takes it' } },
        response: { 200: resultsSchema, ...errorResponses(400, 413, 415) }
      }
    }, async (request) => {
      const results = await Promise.all(itemsOf.get(request.body as object)!.map(async ({ value: body, bytes, error: fault }) => {
        const reportId = (body as { report_id?: unknown } | null)?.report_id
        const report_id = typeof reportId === 'string' ? reportId : null
        try {
          if (bytes > limits.reportBytes) throw new TatuScanError('TATUSCAN_TOO_LARGE', `a report holds at most ${limits.reportBytes} bytes`)
          if (fault !== undefined) throw fault
          const { value, error } = validate(body) as { value: Body, error?: ValidationError[] }
          if (error !== undefined) throw invalidRequest(error)
          const { outcome } = await save(value, request.requester)
          return { report_id, status: answerTo(outcome, value).statusCode }
        } catch (error) {
          const { statusCode, body } = toHttpError(error)
          if (statusCode >= 500) request.log.error(error)
          return { report_id, status: statusCode, error: body }
        }
      }))
      return { results }
    })
  })
}

/**
 * What to answer to a report by what became of it.
 *
 * @throws {TatuScanError} TATUSCAN_REPORT_CONFLICT
 */
function answerTo (outcome: Saved['outcome'], body: Body): { statusCode: 200 | 201, message: string } {
  switch (outcome) {
    case 'created': return { statusCode: 201, message: 'Machine created' }
    case 'updated': return { statusCode: 200, message: 'Machine updated' }
    case 'known': return { statusCode: 200, message: 'Nothing new: this report, or a newer one, is known already' }
    case 'conflict': throw new TatuScanError('TATUSCAN_REPORT_CONFLICT', `the report ${body.report_id} came before with another body; nothing was changed`, {
      details: [{ path: '/report_id', message: 'must be new, or that of the same report' }]
    })
  }
}

/** Fastify plugin: takes reports in at `POST /api/machines` and `POST /api/reports`, and hands them to `app.machines`. */
export const ingest = fp(plugin, { name: '@tatuscan/server-ingest', fastify: '5.x', encapsulate: true, decorators: { fastify: ['machines'] } })

export default ingest
