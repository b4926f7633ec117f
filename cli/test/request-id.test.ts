import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import fc from 'fast-check'
import { createRequestIds, loggedUrl } from '../src/request-id.ts'
import { start } from './run.ts'

test('whatever comes as X-Request-Id, the id is one line of harmless characters', (t) => {
  const requestId = createRequestIds()
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string())), (given) => {
    const id = requestId({ headers: { 'x-request-id': given } } as never)
    return /^[\x21-\x7e]{1,128}$/.test(id) && !/["\\<>]/.test(id)
  }))
  for (const kept of ['0b9f8a1e-3c1f-4c57-9b8c-1f2a3b4c5d6e', 'Root=1-67891233-abcdef012345678912345678', '42']) t.is(requestId({ headers: { 'x-request-id': kept } }), kept)
  const made = new Set(Array.from({ length: 1000 }, () => requestId({ headers: {} })))
  t.is(made.size, 1000)
  t.not(requestId({ headers: {} }).split('-')[0], createRequestIds()({ headers: {} }).split('-')[0], 'another server has others')
})

test('an address in a log holds no code of the setup', (t) => {
  t.is(loggedUrl('/setup?code=secret&x=1'), '/setup?code=…&x=1')
  t.is(loggedUrl('/login?next=%2Fsetup%3Fcode%3Dsecret'), '/login?next=%2Fsetup%3Fcode%3D…')
  t.is(loggedUrl('/api/machines?q=code'), '/api/machines?q=code')
})

test('the log tells each request’s id, which its answer tells too', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-request-id-'))
  const { child, finished, stderr } = start(['serve', '--port', '0', '--log-level', 'debug'], { TATUSCAN_DB_DIR: folder })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await finished
    await rm(folder, { recursive: true })
  })
  let url: string | undefined
  while ((url = /TatuScan is at (http:\/\/[^ ]+)/.exec(stderr())?.[1]) === undefined) await sleep(20)
  const ask = async (headers: Record<string, string>) => await new Promise<unknown>((resolve, reject) => {
    request(`${url}/api/nothing?code=hidden`, { headers }, (answer) => answer.resume().on('end', () => resolve(answer.headers['x-request-id']))).on('error', reject).end()
  })
  t.is(await ask({ 'x-request-id': 'from-the-proxy' }), 'from-the-proxy')
  const own = await ask({ 'x-request-id': 'two words' })
  t.not(own, 'two words')
  child.kill('SIGTERM')
  const lines = (await finished).stderr.trim().split('\n').map((line) => JSON.parse(line))
  for (const id of ['from-the-proxy', own]) {
    const [incoming, completed] = lines.filter(({ request_id }) => request_id === id)
    t.like(incoming, { req: { method: 'GET', url: '/api/nothing?code=…' } })
    t.like(completed, { res: { statusCode: 404 } })
    t.is(typeof completed.responseTime, 'number')
  }
})
