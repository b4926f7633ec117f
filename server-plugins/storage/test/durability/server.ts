/**
 * The server that the durability tests break: ingest and api on a database, a process of its own. Prints its address and its process id.
 *
 * Usage: node server.ts <database URL> [port] [early]: with `early` it acknowledges before the commit, as no server should.
 */
import { api } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import Fastify from 'fastify'
import type { IncomingReport, MachineStore, Saved } from '@tatuscan/core'
import { storage } from '../../src/index.ts'

const [url, port = '0', early] = process.argv.slice(2)
const app = Fastify({ forceCloseConnections: true, logger: { level: 'error', stream: process.stderr } })
await app.register(storage, { url: url! })
if (early === 'early') {
  const { save } = app.machines
  app.machines.save = async (report: IncomingReport): ReturnType<MachineStore['save']> => {
    save(report).catch(() => {})
    const now = new Date()
    return {
      outcome: 'updated',
      newest_report_id: report.report_id ?? null,
      machine: { ...report, created_at: now, updated_at: now, last_seen: now, computer_activation: null } as unknown as Saved['machine']
    }
  }
}
await app.register(ingest)
await app.register(api)
console.log(await app.listen({ port: Number(port), host: '127.0.0.1' }), process.pid)
process.on('SIGTERM', async () => await app.close())
