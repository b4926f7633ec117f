import { connectionsOf } from '@tatuscan/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Gauge, type Metric, type Registry } from 'prom-client'

const name = 'tatuscan_http_request_duration_seconds'

/** In seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

type Config = FastifyRequest['routeOptions']['config']

/** Takes note of a request that was answered. */
export type TakeNote = (request: FastifyRequest, config: Config, reply: FastifyReply) => void

/** How long the requests of one route took that were answered with one status. */
interface Times {
  readonly labels: { readonly method: string, readonly route: string, readonly status: number }
  /** How many took no longer than each bucket, and longer than the one before; those beyond all come last. */
  readonly counts: Float64Array
  /** In seconds. */
  sum: number
}

/**
 * How long requests take, by route: its pattern, never the address that was asked for, of which there are any number.
 * The histogram is counted here, since the library's looks all labels up for every request.
 */
export function timeRequests (app: FastifyInstance, registry: Registry): TakeNote {
  const all = new Map<string, Times>()
  /** By a route's own object, and by status. */
  const byRoute = new Map<Config, Map<number | string, Times>>()

  function timesOf (asked: string, config: Config, status: number): Times {
    let known = byRoute.get(config)
    if (known === undefined) byRoute.set(config, known = new Map())
    const which = Array.isArray(config.method) ? `${asked} ${status}` : status
    let times = known.get(which)
    if (times === undefined) {
      const { url: route = 'none' } = config
      const method = route === 'none' ? 'any' : asked
      const key = `${method} ${status} ${route}`
      times = all.get(key) ?? { labels: { method, route, status }, counts: new Float64Array(buckets.length + 1), sum: 0 }
      all.set(key, times)
      known.set(which, times)
    }
    return times
  }

  registry.registerMetric({
    name,
    async get () {
      return { name, help: 'From the head of a request to the end of its answer', type: 'histogram', aggregator: 'sum', values: [...all.values()].flatMap(valuesOf) }
    }
  } as unknown as Metric)
  const connections = connectionsOf(app.server)
  registry.registerMetric(new Gauge({
    name: 'tatuscan_http_requests_in_flight', help: 'Requests that are not answered yet', registers: [], collect () { this.set(connections.openAnswers().length) }
  }))

  return ({ method }, config, reply) => {
    const times = timesOf(method, config, reply.statusCode)
    const seconds = reply.elapsedTime / 1000
    let at = 0
    while (at < buckets.length && seconds > buckets[at]!) at++
    times.counts[at]!++
    times.sum += seconds
  }
}

/** As Prometheus counts: each bucket holds the ones before. */
function valuesOf ({ labels, counts, sum }: Times): { metricName: string, labels: object, value: number }[] {
  let total = 0
  const cumulative = Array.from(counts, (count, at) => {
    total += count
    return { metricName: `${name}_bucket`, labels: { le: buckets[at] ?? '+Inf', ...labels }, value: total }
  })
  return [...cumulative, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: total }]
}
