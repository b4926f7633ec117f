import type { ErrorCode, HttpError } from '@tatuscan/core'
import type { Catalogue } from './locales/index.ts'
import type { Page } from './page.ts'

/** What a visitor is told of an error: what happened, and what to do. */
export function errorPage ({ statusCode, code }: Pick<HttpError, 'statusCode'> & { readonly code?: ErrorCode }, t: Catalogue): Page {
  const { errors } = t
  const busy = statusCode === 429 || code === 'TATUSCAN_OVERLOADED'
  const [heading, hint] = statusCode === 404
    ? [errors.notFound, errors.notFoundHint]
    : busy || statusCode === 503
      ? busy ? [errors.busy, errors.busyHint] : [errors.unavailable, errors.unavailableHint]
      : statusCode === 403 ? [errors.forbidden, errors.forbiddenHint] : statusCode < 500 ? [errors.wrong, errors.wrongHint] : [errors.internal, errors.internalHint]
  return { template: 'error', title: heading, statusCode, data: { heading, hint, recovers: busy || statusCode === 503 } }
}
