import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { messageOf, toHttpError } from '@tatuscan/core'

/** What Node's HTTP parser finds, by its code, that is not simply wrong. */
const known: Record<string, { readonly status: string, readonly message: string }> = {
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', message: 'the head of the request is too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', message: 'the request took too long to arrive' }
}

/**
 * Answers what Node can't read as a request in the shape of all errors, and closes the connection, as Fastify would: its
 * `clientErrorHandler`. A connection that is gone gets nothing, and one in the middle of an answer nothing that would be
 * taken for a part of it.
 */
export function answerClientError (error: Error & { readonly code?: string, readonly reason?: string }, socket: Socket & { readonly _httpMessage?: ServerResponse | null }): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable && socket._httpMessage?.headersSent !== true) {
    const { status, message } = known[error.code ?? ''] ?? { status: '400 Bad Request', message: `the request can't be read as HTTP: ${error.reason ?? messageOf(error)}` }
    const body = JSON.stringify(toHttpError(Object.assign(new Error(message), { statusCode: Number.parseInt(status) })).body)
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  socket.destroy(error)
}
