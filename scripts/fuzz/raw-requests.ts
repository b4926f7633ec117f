import type { Random } from './random.ts'

export interface RawRequest {
  readonly bytes: string
  /** Whether the server waits for more, so that the client has to hang up. */
  readonly broken: boolean
}

/** Requests that no HTTP client would send. The server may answer them as it likes, or hang up, but must live on. */
export function rawRequest (body: string, random: Random): RawRequest {
  const length = Buffer.byteLength(body)
  const plain = (bytes: string, broken = false): RawRequest => ({ bytes, broken })
  const request = (headers: string, body: string, broken = false) =>
    plain(`POST /api/${random.one(['machines', 'reports'])} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n\r\n${body}`, broken)
  const type = 'content-type: application/json'
  return random.one([
    () => request(`${type}\r\ncontent-length: ${length + 10}`, body, true),
    () => request(`${type}\r\ncontent-length: ${Math.max(0, length - 1)}`, body),
    () => request(`${type}\r\ncontent-length: x`, body),
    () => request(`${type}\r\ncontent-length: ${length}\r\ncontent-length: ${length + 1}`, body),
    () => request(`${type}\r\ncontent-length: ${length}\r\ntransfer-encoding: chunked`, body),
    () => request(`${type}\r\ntransfer-encoding: chunked`, `${length.toString(16)}\r\n${body}`, true),
    () => request(`${type}\r\ntransfer-encoding: chunked`, `zz\r\n${body}\r\n0\r\n\r\n`),
    () => request(`${type}\r\ntransfer-encoding: chunked`, `${length.toString(16)};a=b\r\n${body}\r\n0\r\nx: y\r\n\r\n`),
    () => request(`${type}\r\ntransfer-encoding: gzip, chunked`, `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`),
    () => request(type, ''),
    () => request(`content-length: ${length}`, body),
    () => request(`${type}\r\ncontent-type: text/plain\r\ncontent-length: ${length}`, body),
    () => request(`${type}\r\nexpect: x\r\ncontent-length: ${length}`, body),
    () => request(`${type}\r\ncontent-encoding:\r\ncontent-length: ${length}`, body),
    () => plain(`POST /api/machines HTTP/1.1\r\n${type}\r\n\r\n`),
    () => plain(`POST /api/machines\r\n\r\n${body}`),
    () => plain('POST /api/machines HTTP/1.1\r\nhost: x\r\ncontent-', true),
    () => plain(`${'x'.repeat(20_000)}\r\n\r\n`)
  ])()
}
