import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance } from 'fastify'
import { connectionsOf, createReportIds, type DeliveryError, type Report, type Sink } from '@tatuscan/core'
import { httpSink } from '@tatuscan/core/sinks'
import { enrolled } from '@tatuscan/core/sinks/enrolled'
import { sampleReport } from '@tatuscan/core/testing'
import { ingest } from '@tatuscan/server-ingest'
import { enrolSecret, serve, type TestServer } from './server.ts'

const machineId = () => randomBytes(32).toString('hex')
const signal = AbortSignal.timeout(170_000)
const secret = { authorization: `Bearer ${enrolSecret}` }

async function folderOf (t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-keys-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  return folder
}

/** An agent that starts: it has nothing but the file of its keys, and the secret. */
function agent (t: ExecutionContext, url: string, file: string, {
  token = enrolSecret as string | undefined, onWarning = (_: string) => {}, rotateAfterMs = 86_400_000
} = {}): Sink {
  const transport = { url, environment: {}, ...token !== undefined && { token } }
  const open = (key: string | undefined) => httpSink({ ...transport, ...key === undefined ? { token: undefined as never } : { token: key } })
  const sink = enrolled({ transport, file, onWarning, rotateAfterMs, open })
  t.teardown(async () => await sink.close?.())
  return sink
}

const nextId = createReportIds()
const reportOf = (id: string): Report => sampleReport({ machine_id: id, report_id: nextId() })

async function listening (t: ExecutionContext): Promise<TestServer & { readonly url: string }> {
  const server = await serve(t)
  return { ...server, url: await server.app.listen({ port: 0, host: '127.0.0.1' }) }
}

const enrol = async (app: FastifyInstance, id: string, headers: Record<string, string>) => await app.inject({ method: 'POST', url: '/api/enrol', payload: { machine_id: id }, headers })
const post = async (app: FastifyInstance, id: string, headers: Record<string, string>) => await app.inject({ method: 'POST', url: '/api/machines', payload: reportOf(id), headers })
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

test('an agent with the enrolment secret buys its machine’s key once, and keeps it for its owner alone', async (t) => {
  const { app, url } = await listening(t)
  const file = join(await folderOf(t), 'state', 'keys.json')
  const id = machineId()
  await agent(t, url, file).write([reportOf(id)], { signal })
  await agent(t, url, file).write([reportOf(id), reportOf(id)], { signal })
  await agent(t, url, file, { token: undefined }).write([reportOf(id)], { signal })
  t.is((await app.credentials.keysOf(id)).length, 1)
  t.is((await app.machines.find(id))!.machine_id, id)
  t.is((await stat(file)).mode & 0o777, 0o600)
  const { '127.0.0.1': { [id]: { key } } } = JSON.parse(await readFile(file, 'utf8'))
  t.regex(key, /^tsk_[\w-]{43}$/)
})

test('a key reports for its own machine alone, in a batch each report by itself', async (t) => {
  const { app, key } = await serve(t)
  const [own, other] = [machineId(), machineId()]
  const headers = await key(own)
  t.is((await post(app, own, headers)).statusCode, 201)
  const refused = await post(app, other, headers)
  t.is(refused.statusCode, 403)
  t.is(refused.json().code, 'TATUSCAN_FORBIDDEN')
  const batch = await app.inject({ method: 'POST', url: '/api/reports', payload: [own, other, own].map(reportOf), headers })
  t.deepEqual(batch.json().results.map(({ status }: { status: number }) => status), [200, 403, 200])
  t.is(await app.machines.find(other), undefined)
  t.is((await enrol(app, other, headers)).statusCode, 403)
})

test('a machine that is forgotten has no key any more; its agent enrols again, as a new one', async (t) => {
  const { app, url, session } = await listening(t)
  const file = join(await folderOf(t), 'keys.json')
  const id = machineId()
  const sink = agent(t, url, file)
  await sink.write([reportOf(id)], { signal })
  const { '127.0.0.1': { [id]: { key: old } } } = JSON.parse(await readFile(file, 'utf8'))
  const before = (await app.machines.find(id))!.created_at
  t.is((await app.inject({ method: 'DELETE', url: `/api/machines/${id}`, headers: await session() })).statusCode, 200)
  t.is((await post(app, id, bearer(old))).statusCode, 401)
  t.is(await app.machines.find(id), undefined)
  await sink.write([reportOf(id)], { signal })
  t.true((await app.machines.find(id))!.created_at > before)
})

test('a body that was begun with a key or a token which is revoked before its end is refused', async (t) => {
  const { app, url, session, key, token } = await listening(t)
  const { port } = new URL(url)
  /** Sends half of a body, and the rest once something was done. */
  const slowly = async (route: string, headers: { readonly authorization: string }, payload: object, meanwhile: () => Promise<unknown>) => {
    const body = JSON.stringify(payload)
    const socket = connect(Number(port), '127.0.0.1')
    socket.setEncoding('utf8').write(`${route} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nauthorization: ${headers.authorization}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`)
    while (connectionsOf(app.server).comingRequests().length === 0) await sleep(5)
    await meanwhile()
    const answer = once(socket, 'data')
    socket.write(body.slice(20))
    const [text] = await answer as [string]
    socket.destroy()
    while (connectionsOf(app.server).comingRequests().length > 0) await sleep(5)
    return text.slice(9, 12)
  }
  const id = machineId()
  const admin = await session()
  const revoke = async (path: string) => t.is((await app.inject({ method: 'DELETE', url: `/api/${path}`, headers: admin })).statusCode, 200)
  const first = await key(id)
  t.is((await post(app, id, first)).statusCode, 201)
  t.is(await slowly('POST /api/machines', first, reportOf(id), async () => await key(machineId())), '200', 'another’s key came, and this one holds')
  t.is(await slowly('POST /api/machines', first, reportOf(id), async () => await revoke(`machines/${id}`)), '401')
  const second = await key(id)
  t.is(await slowly('POST /api/reports', second, [reportOf(id)], async () => await revoke(`machines/${id}/keys`)), '401')
  t.is(await app.machines.find(id), undefined)
  const third = await key(id)
  t.is((await post(app, id, third)).statusCode, 201)
  const bearer = await token('admin')
  t.is(await slowly(`PATCH /api/machines/${id}`, bearer, { computer_model: 'theirs' }, async () => await revoke(`tokens/${bearer.id}`)), '401')
  t.is((await app.machines.find(id))!.computer_model, null)
})

test('an admin ends a machine’s key; its agent, which has the secret, buys another', async (t) => {
  const { app, url, session } = await listening(t)
  const file = join(await folderOf(t), 'keys.json')
  const id = machineId()
  const sink = agent(t, url, file)
  await sink.write([reportOf(id)], { signal })
  const { '127.0.0.1': { [id]: { key: old } } } = JSON.parse(await readFile(file, 'utf8'))
  const end = async (who: string) => (await app.inject({ method: 'DELETE', url: `/api/machines/${id}/keys`, headers: await session(who) })).statusCode
  t.is(await end('bia'), 403)
  t.is(await end('ana'), 200)
  t.is((await post(app, id, bearer(old))).statusCode, 401)
  await sink.write([reportOf(id)], { signal })
  t.is((await app.credentials.keysOf(id)).length, 1)
  await app.credentials.removeKeys(id)
  t.is(await end('ana'), 404)
})

test('a machine whose key is in use is given to nobody else until an admin releases it; then the old key is dead, and its page says so', async (t) => {
  const { app, url, session } = await listening(t)
  const [first, second] = [agent(t, url, join(await folderOf(t), 'keys.json')), agent(t, url, join(await folderOf(t), 'keys.json'))]
  const id = machineId()
  await first.write([reportOf(id)], { signal })
  const refused = await t.throwsAsync<DeliveryError>(async () => await second.write([reportOf(id)], { signal }))
  t.like(refused, { retryable: true, status: 409 })
  t.regex(refused!.message, /answered 409: an agent with a key has reported as the machine [0-9a-f]{64} within 24 hours; .*tatuscan machines release/)
  t.is((await app.inject({ method: 'POST', url: `/api/machines/${id}/release`, headers: await session('bia') })).statusCode, 403)
  t.is((await app.inject({ method: 'POST', url: `/api/machines/${id}/release`, headers: await session() })).statusCode, 200)
  const page = async (headers = {}) => (await app.inject({ url: `/machines/${id}`, headers: { ...await session('bia'), ...headers } })).body
  t.regex(await page(), /An admin released this machine on /)
  t.notRegex(await page(), /took this machine over/)
  await first.write([reportOf(id)], { signal })
  await second.write([reportOf(id)], { signal })
  t.regex(await page(), /Another agent took this machine over on [^<]*; the key before it is dead/)
  t.notRegex(await page(), /An admin released/)
  t.regex(await page({ 'accept-language': 'pt-BR' }), /Outro agente assumiu esta máquina em /)
  t.like(await t.throwsAsync(async () => await first.write([reportOf(id)], { signal })), { status: 409 })
  const { items } = (await app.inject({ url: `/api/machines/${id}/keys`, headers: await session('bia') })).json()
  t.is(items.length, 1)
  t.true(Date.parse(items[0].taken_over_at) > Date.now() - 60_000)
  t.is((await app.inject({ method: 'POST', url: `/api/machines/${machineId()}/release`, headers: await session() })).statusCode, 404)
})

test('an agent renews a key that has grown old with itself, also without the secret, and no report is refused meanwhile', async (t) => {
  const { app, url } = await listening(t)
  const file = join(await folderOf(t), 'keys.json')
  const id = machineId()
  const keyNow = async () => JSON.parse(await readFile(file, 'utf8'))['127.0.0.1'][id].key as string
  await agent(t, url, file).write([reportOf(id)], { signal })
  const first = await keyNow()
  const warnings: string[] = []
  const options = { rotateAfterMs: -1, onWarning: (message: string) => warnings.push(message) }
  const sink = agent(t, url, file, { ...options, token: undefined })
  for (let round = 0; round < 10; round++) await sink.write([reportOf(id), reportOf(id)], { signal })
  const last = await keyNow()
  t.not(last, first)
  t.is((await post(app, id, bearer(first))).statusCode, 200, 'the first holds for its grace')
  t.is((await app.credentials.keysOf(id))[0]!.expires_at, null)
  t.deepEqual(warnings, [])

  await app.credentials.removeKeys(id)
  const refused = agent(t, url, file, options)
  await refused.write([reportOf(id)], { signal })
  t.is(warnings.length, 1, 'a key that holds no more is none to renew with')
  t.regex(warnings[0]!, /is 0 days old and could not be renewed; .*answered 401/)
  t.false(warnings[0]!.includes('tsk_'))
  t.is((await app.credentials.keysOf(id)).length, 1, 'another was bought')
})

test('what holds no machine id, or is nobody’s wish, buys no key', async (t) => {
  const { app, token } = await serve(t)
  for (const id of ['', 'x', 'a'.repeat(63), 5, null]) t.is((await enrol(app, id as string, secret)).statusCode, 400)
  const id = machineId()
  t.is((await enrol(app, id, {})).statusCode, 401)
  t.is((await enrol(app, id, bearer(`${enrolSecret}x`))).statusCode, 401)
  t.is((await enrol(app, id, { authorization: (await token('viewer')).authorization })).statusCode, 403)
  const enrolled = await enrol(app, id.toUpperCase(), { authorization: (await token('enrol')).authorization })
  t.is((await post(app, id, bearer(enrolled.json().key))).statusCode, 201)
  t.is((await enrol(app, id, secret)).statusCode, 409, 'in whichever case it is written')
})

test('a wrong secret is said to be so, without telling it, and what waits may be sent later', async (t) => {
  const { url } = await listening(t)
  const sink = agent(t, url, join(await folderOf(t), 'keys.json'), { token: 'not the secret at all' })
  const error = await t.throwsAsync<DeliveryError>(async () => await sink.write([reportOf(machineId())], { signal }))
  t.like(error, { retryable: true, status: 401 })
  t.regex(error!.message, /\/api\/enrol answered 401: .*; is the enrolment secret the right one\?$/)
  t.false(error!.message.includes('not the secret'))
})

test('a server that asks for no key gets reports without one, and no secret with them', async (t) => {
  const { app: { machines } } = await serve(t)
  const seen: (string | undefined)[] = []
  const app = Fastify()
  t.teardown(async () => await app.close())
  app.decorate('machines', machines)
  app.addHook('onRequest', async ({ url, headers }) => { if (!url.startsWith('/api/enrol')) seen.push(headers.authorization) })
  await app.register(ingest)
  const sink = agent(t, await app.listen({ port: 0, host: '127.0.0.1' }), join(await folderOf(t), 'keys.json'))
  await sink.write([reportOf(machineId())], { signal })
  await sink.write([reportOf(machineId())], { signal })
  t.true(seen.length > 1)
  t.deepEqual(seen.filter((header) => header !== undefined), [])
})

test('reports of before the identity changed go out under the key of then', async (t) => {
  const { app, url } = await listening(t)
  const file = join(await folderOf(t), 'keys.json')
  const [before, after] = [machineId(), machineId()]
  await agent(t, url, file).write([reportOf(before)], { signal })
  const waiting = [reportOf(before), reportOf(after), reportOf(after)]
  await agent(t, url, file).write(waiting, { signal })
  for (const id of [before, after]) t.is((await app.machines.find(id))!.machine_id, id)
  t.is((await app.credentials.keysOf(before)).length, 1)
})

test('where the key can’t be kept the agent reports all the same, and says so', async (t) => {
  const { app, url } = await listening(t)
  const warnings: string[] = []
  const file = join(await folderOf(t), 'taken', 'keys.json')
  await writeFile(dirname(file), '')
  const id = machineId()
  const sink = agent(t, url, file, { onWarning: (message) => warnings.push(message) })
  await sink.write([reportOf(id)], { signal })
  await sink.write([reportOf(id)], { signal })
  t.is((await app.machines.find(id))!.machine_id, id)
  t.is(warnings.length, 1)
  t.regex(warnings[0]!, /can't be kept in .*keys\.json/)
  t.false(warnings[0]!.includes('tsk_'))
})
