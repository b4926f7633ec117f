/**
 * The server that the load goes to, a process of its own: `bare` is a Fastify route with the schemas of ingestion, for the
 * body and for the answer, that stores nothing; anything else is the database URL of the real one. Prints its address.
 */
import Fastify from 'fastify'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { api } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { storage } from '@tatuscan/server-storage'
import { views } from '@tatuscan/server-views'
import { machineItemSchema, reportSchema } from '@tatuscan/core'

const [mode] = process.argv.slice(2)
const app = Fastify()
if (mode === 'bare') {
  const { $schema: _schema, $id: _id, ...body } = reportSchema
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  const answer = { type: 'object', properties: { message: { type: 'string' }, item: machineItemSchema, newest_report_id: { type: ['string', 'null'] } } }
  const known = { computer_model: null, computer_activation: null, activation_days: null, created_at: '', updated_at: null, last_seen: '', status: 'online', agent_version: null }
  app.post('/api/machines', { schema: { body, response: { 200: answer } } }, async (request) => {
    const { facts: _facts, failures: _failures, ...told } = request.body as { facts?: unknown, failures?: unknown }
    return { message: 'Machine updated', item: { ...known, ...told }, newest_report_id: null }
  })
} else {
  await app.register(storage, { url: mode! })
  await app.register(ingest)
  await app.register(api)
  await app.register(views)
}
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
process.on('SIGTERM', async () => await app.close())
