import type { FastifyInstance } from 'fastify'
import { isLoopback } from './loopback.ts'

/**
 * Tells once that a proxy on this machine stands before the server which nobody named: what comes from this machine is not
 * limited, so nobody is.
 */
export function tellUnnamedProxy (app: FastifyInstance): void {
  let told = false
  app.addHook('onRequest', ({ headers, ip, log }, _reply, done) => {
    if (!told && (headers['x-forwarded-for'] ?? headers.forwarded ?? headers['x-real-ip']) !== undefined && isLoopback(ip)) {
      told = true
      log.warn('a proxy on this machine stands before the server and is not named, so that all who come through it count as this machine: ' +
        'their rates are not limited, and wrong logins of one hold up all; say --trust-proxy 127.0.0.1 (TATUSCAN_TRUST_PROXY)')
    }
    done()
  })
}
