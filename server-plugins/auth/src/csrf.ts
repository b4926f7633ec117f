import { TatuScanError } from '@tatuscan/core'
import type { FastifyRequest } from 'fastify'
import { sameText, sign } from './secrets.ts'

/** The token that a page of a session sends along with what changes something; another site's page can't know it. */
export function csrfTokenOf (session: string): string {
  return sign(session, 'csrf')
}

/** Whether the body is a form, which has its token in it. */
export function isForm ({ headers }: FastifyRequest): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
}

/**
 * Holds what a session changes to its token: in `X-CSRF-Token`, or in the form's field `_csrf`.
 *
 * @throws {TatuScanError} TATUSCAN_FORBIDDEN
 */
export function checkCsrfToken ({ requester, method, headers }: FastifyRequest, field?: unknown): void {
  if (requester?.kind !== 'person' || requester.csrfToken === undefined || ['GET', 'HEAD', 'OPTIONS'].includes(method)) return
  const given = headers['x-csrf-token'] ?? field
  if (typeof given === 'string' && sameText(given, requester.csrfToken)) return
  throw Object.assign(new TatuScanError('TATUSCAN_FORBIDDEN', 'what changes something needs the token of your session, in X-CSRF-Token or the field _csrf'), { statusCode: 403 })
}
