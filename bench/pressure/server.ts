/**
 * The server that is put under pressure, with the limits of `serve`, a process of its own: on a SQLite file, or on one that
 * takes a millisecond a report. Prints its address.
 *
 * Usage: node server.ts <file> [slow]
 */
import Fastify from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import type { IncomingReport } from '@tatuscan/core'
import { api } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { limits, serverLimits } from '@tatuscan/server-limits'
import { storage } from '@tatuscan/server-storage'
import { createBatches } from '../../server-plugins/storage/src/batches.ts'

const [file, slow] = process.argv.slice(2)
const app = Fastify({ ...serverLimits(), forceCloseConnections: true })
await app.register(storage, { url: `sqlite:${file}` })
if (slow === 'slow') {
  const { save } = app.machines
  const batches = createBatches(async (reports: readonly IncomingReport[]) => {
    await sleep(reports.length)
    return await Promise.all(reports.map(save))
  })
  app.machines.save = batches.add
  app.machines.waiting = batches.waiting
}
await app.register(limits)
await app.register(ingest)
await app.register(api)
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
process.on('SIGTERM', async () => await app.close())
