import type { TSchema } from 'typebox'
import { messageOf, pointerTo, TatuScanError, type ErrorCode, type ErrorDetail } from './errors.ts'

/** The status that each code answers with, where it can reach a client. */
const statuses: Partial<Record<ErrorCode, number>> = {
  TATUSCAN_INVALID_REQUEST: 400,
  TATUSCAN_UNAUTHORIZED: 401,
  TATUSCAN_FORBIDDEN: 403,
  TATUSCAN_NOT_FOUND: 404,
  TATUSCAN_KEY_IN_USE: 409,
  TATUSCAN_TOO_LARGE: 413,
  TATUSCAN_UNSUPPORTED_MEDIA_TYPE: 415,
  TATUSCAN_REPORT_CONFLICT: 422,
  TATUSCAN_RATE_LIMITED: 429,
  TATUSCAN_OVERLOADED: 503,
  TATUSCAN_STORE_UNAVAILABLE: 503
}

/** The codes that stand for a status, for errors that are not TatuScan's own. */
const codes: Record<number, ErrorCode> = {
  401: 'TATUSCAN_UNAUTHORIZED',
  403: 'TATUSCAN_FORBIDDEN',
  404: 'TATUSCAN_NOT_FOUND',
  413: 'TATUSCAN_TOO_LARGE',
  429: 'TATUSCAN_RATE_LIMITED'
}

/** The body of every error that the server answers with. */
export interface HttpErrorBody {
  /** A sentence for people. */
  readonly error: string
  readonly code: ErrorCode
  readonly details?: readonly ErrorDetail[]
}

/** The JSON Schema of {@link HttpErrorBody}. */
export const httpErrorSchema = {
  type: 'object',
  required: ['error', 'code'],
  properties: {
    error: { type: 'string', description: 'a sentence' },
    code: { type: 'string', description: 'stable: TATUSCAN_…' },
    details: {
      type: 'array',
      items: { type: 'object', required: ['path', 'message'], properties: { path: { type: 'string', description: 'JSON Pointer' }, message: { type: 'string' } } }
    }
  }
} as const satisfies TSchema

/** What an error status says, to those who read a route's description. */
const meanings = {
  400: 'the request is not valid; details say where',
  401: 'nobody says who asks, or what says so holds no more',
  403: 'who asks may not do this',
  404: 'there is no such machine',
  409: 'another agent reports as this machine',
  413: 'the body is too large',
  415: 'the body is not application/json in UTF-8, or is compressed',
  422: 'the same report_id came before with another body; nothing was changed',
  429: 'too much was asked; try again after Retry-After',
  500: "a fault of the server's own; its log says what",
  503: "the database can't be used right now, or the server has more to do than it can; try again after Retry-After"
} as const

/** The errors that a route answers with, by status, as its schema and with it OpenAPI describes them. */
export function errorResponses<Status extends keyof typeof meanings> (...statuses: readonly Status[]): Record<Status, TSchema> {
  return Object.fromEntries(statuses.map((status) => [status, {
    ...httpErrorSchema,
    description: meanings[status],
    ...(status === 503 || status === 429) && { headers: { 'Retry-After': { type: 'integer', description: 'seconds' } } }
  }])) as unknown as Record<Status, TSchema>
}

/** An error as HTTP tells it. */
export interface HttpError {
  readonly statusCode: number
  readonly body: HttpErrorBody
  /** Seconds after which to try again, for `Retry-After`. */
  readonly retryAfter?: number
}

/** What an error answers with over HTTP. A fault of the server's own is not told to the client: it belongs in the log. */
export function toHttpError (thrown: unknown): HttpError {
  if (thrown instanceof TatuScanError) {
    const { code, details, retryAfterS } = thrown
    const statusCode = statuses[code]
    if (statusCode !== undefined) {
      const body = { error: messageOf(thrown), code, ...details.length > 0 && { details } }
      return { statusCode, body, ...(statusCode === 503 || statusCode === 429) && { retryAfter: retryAfterS ?? 5 } }
    }
  }
  const { statusCode, validation } = (thrown ?? {}) as { statusCode?: unknown, validation?: ValidationError[] }
  if (Array.isArray(validation)) return toHttpError(invalidRequest(validation))
  if (statusCode === 415) return toHttpError(new TatuScanError('TATUSCAN_UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json in UTF-8, not compressed'))
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { statusCode, body: { error: messageOf(thrown), code: codes[statusCode] ?? 'TATUSCAN_INVALID_REQUEST' } }
  }
  return { statusCode: 500, body: { error: 'Something went wrong on the server; its log says what.', code: 'TATUSCAN_INTERNAL' } }
}

interface LoggingRequest { readonly log: { error (error: unknown): void } }

interface ErrorReply {
  code (statusCode: number): ErrorReply
  header (name: string, value: unknown): ErrorReply
  send (body: HttpErrorBody): unknown
}

/** Answers an error over HTTP, and logs it where it is the server's own: a Fastify error handler. */
export function answerError (error: unknown, request: LoggingRequest, reply: ErrorReply): unknown {
  const { statusCode, body, retryAfter } = toHttpError(error)
  if (statusCode >= 500) request.log.error(error)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return reply.code(statusCode).send(body)
}

/** What a JSON Schema validator says of a value, as Ajv and TypeBox put it. */
export interface ValidationError {
  readonly keyword?: string
  readonly instancePath: string
  readonly message?: string
  readonly params?: {
    readonly requiredProperties?: readonly string[]
    readonly missingProperty?: string
    readonly additionalProperties?: readonly string[]
    readonly allowedValues?: readonly unknown[]
  }
}

/** The error for a request that its schema refuses, with the path of everything that is wrong. */
export function invalidRequest (errors: readonly ValidationError[]): TatuScanError {
  const details = errors.flatMap(({ keyword, instancePath, message = 'is not valid', params }) => {
    if (keyword === 'boolean') return [] // what forbids a property says so itself
    if (keyword === 'additionalProperties') return (params?.additionalProperties ?? []).map((property) => ({ path: pointerTo(instancePath, property), message: 'is not known here' }))
    if (keyword === 'enum' && params?.allowedValues !== undefined) return [{ path: instancePath, message: `must be one of ${params.allowedValues.join(', ')}` }]
    if (keyword !== 'required') return [{ path: instancePath, message }]
    const missing = params?.requiredProperties ?? [params?.missingProperty ?? '']
    return missing.map((property) => ({ path: pointerTo(instancePath, property), message: 'is required' }))
  })
  const summary = details.slice(0, 3).map(({ path, message }) => `${path} ${message}`.trim()).join('; ')
  return new TatuScanError('TATUSCAN_INVALID_REQUEST', `the request is not valid: ${summary}${details.length > 3 ? '; …' : ''}`, { details })
}
