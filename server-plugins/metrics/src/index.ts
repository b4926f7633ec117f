import { agentVersion, answerError, TatuScanError } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { countMachines } from './machines.ts'
import { countReports } from './reports.ts'
import { timeRequests } from './requests.ts'

/** How the metrics are mounted, and how old what is counted may be. */
export interface MetricsOptions {
  /** How old the numbers of machines may be, in milliseconds: scrapes within it share one look at the store. @default 15000 */
  readonly machinesMs?: number
  /** Where the route is mounted: `/fleet` gives `GET /fleet/metrics`. */
  readonly prefix?: string
}

const answer = { description: 'in the text format of Prometheus', content: { 'text/plain': { schema: { type: 'string' } } } } as const

async function plugin (app: FastifyInstance, { prefix = '', machinesMs = 15_000 }: MetricsOptions): Promise<void> {
  const late = ['ingest', 'api', 'views'].map((name) => `@tatuscan/server-${name}`).filter((name) => app.hasPlugin(name))
  if (late.length > 0) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `metrics counts what is registered after it alone, and not ${late.join(', ')}: register it before`)
  const registry = new Registry() // of this instance alone
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'tatuscan_build_info', help: 'Always 1; the version is its label', labelNames: ['version'], registers: [registry] }).set({ version: agentVersion }, 1)
  const answered = [timeRequests(app, registry), countReports(app, registry)]
  app.addHook('onResponse', (request, reply, done) => {
    const { config } = request.routeOptions
    for (const note of answered) note(request, config, reply)
    done()
  })
  countMachines(app.machines, registry, machinesMs)

  await app.register(async (inner) => {
    inner.setErrorHandler(answerError)
    inner.get('/metrics', { config: { access: 'viewer' }, schema: { summary: 'Metrics for Prometheus', tags: ['metrics'], response: { 200: answer } } }, async (_request, reply) => {
      const text = await registry.metrics()
      return reply.type(registry.contentType).send(text)
    })
  }, { prefix })
  app.addHook('onClose', async () => registry.clear())
}

/**
 * Fastify plugin: `GET /metrics` in the format of Prometheus, of all requests that come to the instance it is registered on,
 * and of `app.machines`. Registered before the plugins with routes.
 */
export const metrics = fp(plugin, { name: '@tatuscan/server-metrics', fastify: '5.x', decorators: { fastify: ['machines'] } })

export default metrics
