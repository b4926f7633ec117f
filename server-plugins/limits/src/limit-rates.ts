import { networkOf, TatuScanError } from '@tatuscan/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createBuckets, type Rate } from './buckets.ts'
import { isLoopback } from './loopback.ts'
import type { Check } from './refuse.ts'

/** How much one may ask. */
export interface RateOptions {
  /** Of one key or token. @default 200 a second, 2000 at once */
  readonly key?: Rate
  /** Of one address, or /64 of IPv6, in requests without key. @default 500 a second, 5000 at once */
  readonly address?: Rate
  /** Of one address in keys that don't hold, before those that nobody has seen yet are not even looked at. @default 100 a second, 2000 at once */
  readonly refused?: Rate
}

/** A key as every client writes it: one that is written in many ways would count as many. */
const plain = /^Bearer \S(.*\S)?$/

/**
 * Limits requests by the key that they bring, else by the address that they come from. A key counts alone, wherever it comes
 * from, so that a fleet behind one address is as free as any other; only where an address sends many that don't hold,
 * others that are not known yet wait. What comes from this very machine is not limited: an undeclared proxy, for one.
 */
export function limitRates (app: FastifyInstance, {
  key = { perSecond: 200, burst: 2000 }, address = { perSecond: 500, burst: 5000 }, refused = { perSecond: 100, burst: 2000 }
}: RateOptions): Check {
  const byKey = createBuckets(key) // of those that were found to hold
  const byAddress = createBuckets(address)
  const byRefusals = createBuckets(refused)
  const unknown = new WeakSet<FastifyRequest>()

  app.addHook('preValidation', (request, _reply, done) => { // auth has looked at it
    if (unknown.has(request) && request.requester !== undefined) byKey.learn(request.headers.authorization!)
    done()
  })
  app.addHook('onResponse', (request, { statusCode }, done) => {
    if (statusCode !== 401) return done()
    const { authorization } = request.headers
    if (authorization === undefined) return done()
    byKey.forget(authorization) // it was revoked
    byRefusals.take(networkOf(request.ip))
    done()
  })

  return (request, { probe }) => {
    if (probe) return undefined
    const { authorization } = request.headers
    let wait = authorization === undefined ? undefined : byKey.takeKnown(authorization)
    if (wait === 0) return undefined
    const { ip } = request // behind a proxy it is looked for each time
    if (isLoopback(ip)) return undefined
    if (wait === undefined) {
      const isPlain = authorization !== undefined && plain.test(authorization)
      if (isPlain) unknown.add(request)
      wait = isPlain ? byRefusals.look(networkOf(ip)) : byAddress.take(networkOf(ip))
    }
    if (wait === 0) return undefined
    return { error: new TatuScanError('TATUSCAN_RATE_LIMITED', 'too many requests; try again later', { retryAfterS: Math.ceil(wait / 1000) }) }
  }
}
