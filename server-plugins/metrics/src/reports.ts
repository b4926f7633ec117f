import type {} from '@tatuscan/server-storage'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { TakeNote } from './requests.ts'

const outcomes = ['created', 'updated', 'known', 'conflict', 'failed', 'refused'] as const

/** What became of reports: of those that reached the store as it tells, of those that didn't as they were answered. */
export function countReports (app: FastifyInstance, registry: Registry): TakeNote {
  const registers = [registry]
  const { machines } = app
  const reports = new Counter({
    name: 'tatuscan_reports_total',
    help: 'Reports by what became of them: created, updated, known or conflict; failed in the database; refused as not valid or not allowed',
    labelNames: ['outcome'],
    registers
  })
  for (const outcome of outcomes) reports.inc({ outcome }, 0)

  const sizes = new Histogram({
    name: 'tatuscan_batch_reports', help: 'Reports in one transaction', buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500], registers
  })
  const durations = new Histogram({
    name: 'tatuscan_batch_duration_seconds', help: 'How long a transaction of reports took', buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5], registers
  })
  machines.onBatch?.(({ reports: size, ms, outcomes }) => {
    sizes.observe(size)
    durations.observe(ms / 1000)
    if (outcomes === undefined) reports.inc({ outcome: 'failed' }, size)
    else for (const [outcome, those] of Map.groupBy(outcomes, (one) => one)) reports.inc({ outcome }, those.length)
  })
  if (machines.waiting !== undefined) {
    const waiting = machines.waiting.bind(machines)
    registry.registerMetric(new Gauge({ name: 'tatuscan_queue_reports', help: 'Reports that are accepted and not yet on disk', registers: [], collect () { this.set(waiting().reports) } }))
    registry.registerMetric(new Gauge({ name: 'tatuscan_queue_oldest_seconds', help: 'How long the first of them has waited', registers: [], collect () { this.set(waiting().oldestMs / 1000) } }))
  }

  const refused = (status: number): boolean => status >= 400 && status < 500 && status !== 422 // that one the store told
  app.addHook('onRoute', (route) => {
    if (route.config?.access !== 'agent' || (route.schema?.body as { type?: unknown } | undefined)?.type !== 'array') return
    route.preSerialization = [...[route.preSerialization ?? []].flat(), (_request, _reply, payload, done) => { // a batch tells of each
      const { results } = payload as { results?: readonly { status: number }[] }
      const count = results?.filter(({ status }) => refused(status)).length ?? 0
      if (count > 0) reports.inc({ outcome: 'refused' }, count)
      done(null, payload)
    }]
  })
  return ({ method }, { access }, { statusCode }) => {
    if (refused(statusCode) && method === 'POST' && access === 'agent') reports.inc({ outcome: 'refused' })
  }
}
