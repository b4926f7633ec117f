import { checkJsonHeaders, TatuScanError } from '@tatuscan/core'
import type { FastifyContentTypeParser } from 'fastify'

/**
 * A content type parser for JSON, of a function that throws: a promise for every body would cost more than reading most of
 * them. What its headers or its length rule out is refused before any of it is looked at. A body is read as soon as the last
 * byte that was announced has come, since its stream ends some ticks later. One of no announced length, and a host's stream
 * in its place (`preParsing`), are waited for to their end.
 *
 * @param most bytes
 * @param read what a body says
 */
export function bodyParser (most: number, read: (body: Buffer) => unknown): FastifyContentTypeParser {
  return (request, payload, done) => {
    const length = Number(request.headers['content-length'])
    try {
      checkJsonHeaders(request.headers)
      if (length > most) throw tooLarge(most)
    } catch (error) {
      done(error as Error)
      return
    }
    const isRaw = payload === request.raw
    const chunks: Buffer[] = []
    let received = 0
    let settled = false

    function settle (error: Error | null): void {
      if (settled) return
      settled = true
      let value
      if (error === null) {
        try {
          value = read(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, received))
        } catch (thrown) {
          error = thrown as Error
        }
      }
      done(error, value)
    }

    payload.on('data', (chunk: Buffer | string) => {
      if (settled) return
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk // a host's stream may give text
      chunks.push(bytes)
      received += bytes.length
      if (received > most) settle(tooLarge(most))
      else if (isRaw && received === length) settle(null)
    }).on('end', () => {
      // A host's stream tells how much it has read, as Fastify asks it to.
      const { receivedEncodedLength = received } = payload as { receivedEncodedLength?: number }
      const isWhole = Number.isNaN(length) || receivedEncodedLength === length
      settle(isWhole ? null : new TatuScanError('TATUSCAN_INVALID_REQUEST', `the body is not of the ${length} bytes that were announced`))
    }).on('error', (error: Error) => settle(Object.assign(error, { statusCode: 400 })))
  }
}

function tooLarge (most: number): TatuScanError {
  return new TatuScanError('TATUSCAN_TOO_LARGE', `the body holds at most ${most} bytes`)
}
