/**
 * The server that the load goes to, a process of its own: `bare` is a Fastify route with the schemas of ingestion, for the
 * body and for the answer, that stores nothing; `whole` and a database URL is all that `tatuscan serve` runs, which asks who
 * one is; a database URL alone is the real one's storage, ingestion, API and pages. Prints its address.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { api } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { storage } from '@tatuscan/server-storage'
import { views } from '@tatuscan/server-views'
import { machineItemSchema, reportSchema } from '@tatuscan/core'

const [mode, database] = process.argv.slice(2)
const app = mode === 'whole' ? await wholeServer(database!) : Fastify()
if (mode === 'bare') {
  const { $schema: _schema, $id: _id, ...body } = reportSchema
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  const answer = { type: 'object', properties: { message: { type: 'string' }, item: machineItemSchema, newest_report_id: { type: ['string', 'null'] } } }
  const known = { computer_model: null, computer_activation: null, activation_days: null, created_at: '', updated_at: null, last_seen: '', status: 'online', agent_version: null }
  app.post('/api/machines', { schema: { body, response: { 200: answer } } }, async (request) => {
    const { facts: _facts, failures: _failures, ...told } = request.body as { facts?: unknown, failures?: unknown }
    return { message: 'Machine updated', item: { ...known, ...told }, newest_report_id: null }
  })
} else if (mode !== 'whole') {
  await app.register(storage, { url: mode! })
  await app.register(ingest)
  await app.register(api)
  await app.register(views)
}
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
process.on('SIGTERM', async () => await app.close())

/** As `serve` composes it, behind a proxy that is named, so that nobody is taken for this very machine. */
async function wholeServer (databaseUrl: string): Promise<FastifyInstance> {
  const [{ createServer }, { boundHeap }] = await Promise.all([import('../cli/src/server.ts'), import('../cli/src/bound-heap.ts')])
  boundHeap()
  const settings = { databaseUrl, timeZone: 'America/Cuiaba', plugins: [], trustProxy: ['127.0.0.1'] }
  return await createServer(settings, pino({ level: 'info' }, pino.destination(2)), () => ({ enrolSecret: process.env.BENCH_ENROL_SECRET }))
}
