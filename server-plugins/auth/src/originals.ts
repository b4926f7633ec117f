import { networkOf, TatuScanError, type CredentialStore, type Requester } from '@tatuscan/core'
import type { FastifyRequest } from 'fastify'
import { networks } from './address.ts'
import { countAttempts } from './attempts.ts'

/** Reports that one address, or one /64 of IPv6, may send without a key within a minute: a hundred machines behind one have room. */
const most = 600

/**
 * Takes whoever says nothing for a client of the original, on the routes that are for those too, in the networks that are
 * named.
 *
 * @returns undefined: it is none
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a network that is none; what it returns: TATUSCAN_RATE_LIMITED
 */
export function letOriginalsIn (allowed: readonly string[]): (request: FastifyRequest) => Requester | undefined {
  const isAllowed = networks(allowed)
  const reports = countAttempts({ most, windowMs: 60_000 })
  return ({ ip, routeOptions: { config } }) => {
    if (allowed.length === 0 || config.original !== true || !isAllowed(ip)) return undefined
    const wait = reports.begin(networkOf(ip))
    if (wait > 0) throw new TatuScanError('TATUSCAN_RATE_LIMITED', `more than ${most} reports without a key came from this address within a minute`, { retryAfterS: wait })
    return { kind: 'original' }
  }
}

/** A machine that has a key reports with it. @throws {TatuScanError} TATUSCAN_FORBIDDEN */
export async function checkNotEnrolled (credentials: CredentialStore, machineId: string, { ip, log }: Pick<FastifyRequest, 'ip' | 'log'>): Promise<void> {
  if (!await credentials.isEnrolled(machineId)) return
  log.info({ machine_id: machineId, address: ip }, 'a report without a key was refused: its machine has one')
  throw new TatuScanError('TATUSCAN_FORBIDDEN', `the machine ${machineId} is enrolled, and reports with its key alone`)
}
