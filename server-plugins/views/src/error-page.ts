import type { HttpError } from '@tatuscan/core'
import type { Catalogue } from './locales/index.ts'
import type { Page } from './page.ts'

/** What a visitor is told of an error: what happened, and what to do. */
export function errorPage ({ statusCode }: Pick<HttpError, 'statusCode'>, t: Catalogue): Page {
  const { errors } = t
  const [heading, hint] = statusCode === 404
    ? [errors.notFound, errors.notFoundHint]
    : statusCode === 503
      ? [errors.unavailable, errors.unavailableHint]
      : statusCode === 403 ? [errors.forbidden, errors.forbiddenHint] : statusCode < 500 ? [errors.wrong, errors.wrongHint] : [errors.internal, errors.internalHint]
  return { template: 'error', title: heading, statusCode, data: { heading, hint, recovers: statusCode === 503 } }
}
