import type { ServerResponse } from 'node:http'
import { openAnswersOf } from '@tatuscan/core'
import type { FastifyInstance } from 'fastify'
import { Gauge, Histogram, type Registry } from 'prom-client'

/** How long requests take, by route: its pattern, never the address that was asked for, of which there are any number. */
export function timeRequests (app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'tatuscan_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry]
  })
  /** Looked up once for each, which takes less than to look at labels for every request. */
  const byRoute = new Map<string, ReturnType<typeof durations.labels>>()
  const of = (method: string, route: string, status: number): ReturnType<typeof durations.labels> => {
    const key = `${method} ${status} ${route}`
    let found = byRoute.get(key)
    if (found === undefined) byRoute.set(key, found = durations.labels({ method, route, status }))
    return found
  }
  const answers = openAnswersOf(app.server)
  registry.registerMetric(new Gauge({
    name: 'tatuscan_http_requests_in_flight', help: 'Requests that are not answered yet', registers: [], collect () { this.set(answers.list().length) }
  }))
  app.addHook('onRequest', (_request, reply, done) => {
    answers.add(reply.raw as ServerResponse)
    done()
  })
  app.addHook('onResponse', ({ method, routeOptions: { url } }, reply, done) => {
    of(url === undefined ? 'any' : method, url ?? 'none', reply.statusCode).observe(reply.elapsedTime / 1000)
    answers.remove(reply.raw as ServerResponse)
    done()
  })
}
