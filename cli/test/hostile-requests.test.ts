import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { pino } from 'pino'
import { serverLimits } from '@tatuscan/server-limits'
import { answerClientError } from '../src/client-error.ts'
import { createServer } from '../src/server.ts'

async function open (t: ExecutionContext): Promise<FastifyInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-hostile-'))
  const app = await createServer({ databaseUrl: `sqlite:${join(folder, 'test.db')}`, timeZone: 'America/Cuiaba', plugins: [] }, pino({ level: 'silent' }), () => ({ enrolSecret: 'an enrolment secret' }))
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app
}

/** All that a server says to what is written to it, until it closes the connection. */
async function say (app: FastifyInstance, request: string): Promise<string> {
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1')
  socket.on('error', () => {}).write(request)
  return await text(socket).catch(() => '')
}

const statuses = (answer: string): number[] => [...answer.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => Number(status))
const lines = (...given: string[]): string => given.join('\r\n')

/** A second request, which whoever reads the first in another way than a proxy before the server would find in its body. */
const smuggled = lines('GET /api/health HTTP/1.1', 'Host: localhost', 'Connection: close', '', '')

test('a request whose length can be read in two ways is refused, and what follows it is no request', async (t) => {
  const app = await open(t)
  const head = (...headers: string[]) => lines('POST /api/machines HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...headers, '', '')
  const refused: Record<string, string> = {
    'two lengths': head('Content-Length: 0', 'Content-Length: 5'),
    'two lengths in one': head('Content-Length: 0, 5'),
    'a length and chunks': head('Content-Length: 5', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
    'chunks and a length': head('Transfer-Encoding: chunked', 'Content-Length: 5') + '0\r\n\r\n',
    'chunks that are not the last coding': head('Transfer-Encoding: chunked, identity') + '0\r\n\r\n',
    'chunks by another name': head('Transfer-Encoding: xchunked') + '0\r\n\r\n',
    'a length below 0': head('Content-Length: -1'),
    'a length that is none': head('Content-Length: 0x5'),
    'a space before the colon': head('Content-Length : 5'),
    'a header that goes on in the next line': head('X: 1', ' Content-Length: 5'),
    'a line that ends without a return': 'POST /api/machines HTTP/1.1\nHost: localhost\nContent-Length: 5\n\n',
    'a chunk whose size is none': head('Transfer-Encoding: chunked') + '5z\r\nhello\r\n0\r\n\r\n',
    'NUL in a header': head('X: a\0b'),
    'no host': lines('GET / HTTP/1.1', '', '')
  }
  for (const [what, request] of Object.entries(refused)) {
    const answer = await say(app, request + smuggled)
    t.is(statuses(answer)[0], 400, `${what}: ${answer.slice(0, 200)}`)
    t.is(statuses(answer).length, 1, `${what}: ${answer}`)
    t.false(answer.includes('"status"'), what)
  }
  t.deepEqual(statuses(await say(app, smuggled)), [200], 'it would have been answered')
})

/** The answer to what is no request: it closes the connection, and its body is an error as any other. */
function refusalOf (t: ExecutionContext, answer: string, status: number, error: RegExp): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  t.regex(head, new RegExp(`^HTTP/1\\.1 ${status} `))
  for (const header of [/^connection: close$/im, /^content-type: application\/json; charset=utf-8$/im, new RegExp(`^content-length: ${Buffer.byteLength(body)}$`, 'im')]) t.regex(head, header)
  t.like(JSON.parse(body), { code: 'TATUSCAN_INVALID_REQUEST' })
  t.regex(JSON.parse(body).error, error)
}

test('what can’t be read as a request is answered as every error is, and its connection closed', async (t) => {
  const app = await open(t)
  const head = (...headers: string[]) => lines('POST /api/machines HTTP/1.1', 'Host: localhost', ...headers, '', '')
  refusalOf(t, await say(app, head('Content-Length: 5', 'Transfer-Encoding: chunked') + smuggled), 400, /can't be read as HTTP: .*Transfer-Encoding/)
  refusalOf(t, await say(app, head('Content-Length: 5', 'Content-Length: 5') + smuggled), 400, /can't be read as HTTP: .*Content-Length/)
  refusalOf(t, await say(app, smuggled.replace('GET', 'GOT')), 400, /can't be read as HTTP: .*method/)
  refusalOf(t, await say(app, smuggled.replaceAll('\r', '')), 400, /can't be read as HTTP: /)
  refusalOf(t, await say(app, head(`X: ${'a'.repeat(20_000)}`) + smuggled), 431, /head .* too large/)
})

test('a head that does not arrive in time is answered 408, and what is no request in the middle of an answer nothing', async (t) => {
  const app = Fastify({ clientErrorHandler: answerClientError, ...serverLimits({ headersMs: 200 }) } as FastifyServerOptions)
  t.teardown(async () => await app.close())
  app.get('/', async (_request, reply) => {
    reply.hijack().raw.write('begun')
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  refusalOf(t, await say(app, 'GET / HTTP/1.1\r\nHost: x\r\n'), 408, /too long/)
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1').on('error', () => {})
  socket.write(lines('GET / HTTP/1.1', 'Host: x', '', ''))
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
    if (chunk.includes('begun')) socket.write('no request\r\n\r\n')
  })
  await once(socket, 'close')
  t.deepEqual(statuses(answer), [200])
  t.true(answer.endsWith('\r\nbegun\r\n'), answer)
})

test('no address leads to a file that is no asset, nor around the question who asks', async (t) => {
  const app = await open(t)
  const up = ['..', '%2e%2e', '.%2e', '%252e%252e', '..%5c', '..%c0%af', '....', '..;']
  const paths = [
    ...up.flatMap((dots) => ['/', '%2f', '\\', '%5c', '//'].map((slash) => `/assets/${`${dots}${slash}`.repeat(2)}package.json`)),
    '/assets/%00', '/assets/style.css%00.js', '/assets//etc/passwd', '/assets/%2fetc%2fpasswd', '/assets/./../assets.ts', '/docs/static/../../package.json', '/docs/static/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/', '/assets', '/docs/static/'
  ]
  for (const path of paths) {
    const answer = await say(app, lines(`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', '', ''))
    t.true([301, 302, 303, 400, 401, 403, 404].includes(statuses(answer)[0]!), `${path}: ${answer.slice(0, 100)}`)
    t.false(/"version"|root:|import |"dependencies"/.test(answer), path)
  }
  for (const path of ['/api/machines', '//api/machines', '/./api/machines', '/%61pi/machines', '/API/machines', '/api/machines/', '/api/machines;x', '/api//machines', '/x/../api/machines', '/api/machines%00', '/api/machines?/login', '/login/../api/machines',
    'http://localhost/api/machines', 'http://evil.example/api/machines']) {
    const answer = await say(app, lines(`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', '', ''))
    t.true([400, 401, 403, 404].includes(statuses(answer)[0]!), `${path}: ${answer.slice(0, 100)}`)
    t.false(answer.includes('"items"'), path)
  }
})

test('a page of another’s site, under its own name or as a form, gets nothing from any route and changes nothing', async (t) => {
  const app = await open(t)
  const hosts = ['evil.example', 'localhost.evil.example', 'evil.example:8040', '127.0.0.1.evil.example', '', '[::1', 'user@localhost']
  for (const path of ['/', '/report', '/report.csv', '/charts', '/machines/x', '/login', '/logout', '/setup', '/docs/', '/openapi.json', '/metrics', '/assets/style.css', '/login.css', '/api/machines', '/api/machines.csv', '/api/inventory', '/api/users', '/api/tokens', '/nothing']) {
    for (const host of hosts) {
      const [status] = statuses(await say(app, lines(`GET ${path} HTTP/1.1`, `Host: ${host}`, 'X-Forwarded-Host: localhost', 'Connection: close', '', '')))
      t.true(status === 403 || status === 400, `${path} as ${host}: ${status}`)
    }
  }
  for (const path of ['/login', '/logout', '/setup', '/machines/x', '/api/users', '/api/tokens', '/api/machines/x/release', '/api/machines', '/api/reports', '/api/enrol']) {
    for (const origin of ['https://evil.example', 'null', 'http://localhost:1', 'http://localhost.evil.example']) {
      const answer = await app.inject({ method: 'POST', url: path, headers: { host: 'localhost', origin, 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' })
      t.is(answer.statusCode, 403, `${path} from ${origin}`)
      t.is(answer.json().code, 'TATUSCAN_FORBIDDEN')
    }
  }
})
