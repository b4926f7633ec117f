import { errorResponses, TatuScanError } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { checkOwn, type OwnNames } from './own-names.ts'
import { limitRates, type RateOptions } from './limit-rates.ts'
import { refuse, type Check } from './refuse.ts'
import { securityHeaders } from './security-headers.ts'
import { shedLoad, type ShedOptions } from './shed-load.ts'
import { closeSlowBodies, type SlowBodyOptions } from './slow-bodies.ts'

export { serverLimits, type ServerLimits } from './server-limits.ts'
export type { OwnNames } from './own-names.ts'
export type { Rate } from './buckets.ts'
export type { RateOptions } from './limit-rates.ts'
export type { ShedOptions } from './shed-load.ts'
export type { SlowBodyOptions } from './slow-bodies.ts'

/** The options of {@link limits}. */
export interface LimitsOptions {
  /** The names that the server goes by; requests for another, and changes from another's pages, are refused. @default any */
  readonly names?: OwnNames
  /** How much one may ask; false: as much as they like. */
  readonly rates?: RateOptions | false
  /** When requests are refused so that the rest are served; false: never. */
  readonly shed?: ShedOptions | false
  readonly slowBodies?: SlowBodyOptions
}

/** What would have no limits if it were registered first, and nobody would notice. */
const withRoutes = ['auth', 'ingest', 'api', 'views', 'metrics'].map((name) => `@tatuscan/server-${name}`)

/** What limits add to the answers of TatuScan's API is described beside them. */
function describe (route: RouteOptions): void {
  const { schema, config, url } = route
  const answers = schema?.response as object | undefined
  if (answers === undefined || config?.probe === true || !/\/(api\/|metrics$)/.test(url)) return
  route.schema = { ...schema, response: { ...errorResponses(429), ...config?.access === 'agent' && errorResponses(503), ...answers } }
}

async function plugin (app: FastifyInstance, { names, rates = {}, shed = {}, slowBodies }: LimitsOptions): Promise<void> {
  const late = withRoutes.filter((name) => app.hasPlugin(name))
  if (late.length > 0) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `limits holds for what is registered after it alone, and ${late.join(', ')} would have none: register it before`)
  app.addHook('onRoute', describe)
  closeSlowBodies(app, slowBodies)
  const checks: Check[] = []
  if (shed !== false) checks.push(shedLoad(app, shed))
  if (names !== undefined) checks.push(checkOwn(names))
  if (rates !== false) checks.push(limitRates(app, rates))
  app.addHook('onRequest', (request, reply, done) => {
    const config = request.routeOptions.config ?? {}
    for (const check of checks) {
      const refusal = check(request, config)
      if (refusal !== undefined) return refuse(request, reply, refusal, done)
    }
    done()
  })
  securityHeaders(app)
}

/**
 * Fastify plugin: holds off what would keep the server from its work. Registered after the store, and before auth and the
 * plugins with routes. Reports are known by `config: { access: 'agent' }`, what a supervisor asks by `config: { probe: true }`.
 */
export const limits = fp(plugin, { name: '@tatuscan/server-limits', fastify: '5.x' })

export default limits
