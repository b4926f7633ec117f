import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { FastifyInstance } from 'fastify'
import { createReportIds } from '@tatuscan/core'
import { httpSink } from '@tatuscan/core/sinks'
import { enrolled } from '@tatuscan/core/sinks/enrolled'
import { sampleReport } from '@tatuscan/core/testing'
import { onEach } from '../../storage/test/databases.ts'
import { enrolSecret, serve } from './server.ts'

const id = 'a'.repeat(64)
const nextId = createReportIds()
const reportOf = () => sampleReport({ machine_id: id, report_id: nextId() })
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const enrol = async (app: FastifyInstance, secret: string) => await app.inject({ method: 'POST', url: '/api/enrol', payload: { machine_id: id }, headers: bearer(secret) })
const post = async (app: FastifyInstance, key: string) => (await app.inject({ method: 'POST', url: '/api/machines', payload: reportOf(), headers: bearer(key) })).statusCode

onEach('a key is rotated under load on two servers: no report is refused; the one before ends after its grace, and what is revoked on one server the other refuses within 2 seconds', async (t, database) => {
  const servers = [(await serve(t, { database: database.url })).app, (await serve(t, { database: database.url })).app] as const
  let key: string = (await enrol(servers[0], enrolSecret)).json().key
  const keys = [key]
  let done = false
  const load = Array.from({ length: 8 }, async (_, index) => {
    const statuses = new Map<number, number>()
    for (let sent = index; ; sent++) {
      if (done) return statuses
      const status = await post(servers[sent % 2]!, key)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  })
  for (let rotation = 0; rotation < 6; rotation++) {
    const answer = await enrol(servers[rotation % 2]!, key)
    t.is(answer.statusCode, 201, answer.body)
    keys.push(key = answer.json().key)
    await sleep(200)
  }
  done = true
  const statuses = (await Promise.all(load)).flatMap((counts) => [...counts])
  t.deepEqual(statuses.filter(([status]) => status !== 200 && status !== 201), [])
  t.true(statuses.reduce((sum, [, count]) => sum + count, 0) > 50)
  t.is(new Set(keys).size, 7)
  const [newest, before] = await servers[0].credentials.keysOf(id)
  t.is(newest!.expires_at, null)
  const grace = before!.expires_at!.getTime() - Date.now()
  t.true(grace > 8 * 60_000 && grace <= 10 * 60_000)
  t.is((await enrol(servers[1], keys[5]!)).statusCode, 401, 'one that was replaced buys none')
  t.is(await post(servers[1], keys[5]!), 200, 'and reports in its grace')

  await servers[0].credentials.removeKeys(id)
  t.is(await post(servers[0], key), 401)
  await sleep(2000)
  t.is(await post(servers[1], key), 401)
})

/** A way to a server on which answers of `/api/enrol` get lost, as on a network that breaks. */
async function lossy (t: ExecutionContext, url: string) {
  const way = { losing: false, lost: 0, url: '' }
  const proxy = createServer(async (request, response) => {
    const answer = await fetch(url + request.url!, { method: 'POST', headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' }, body: await text(request) })
    const body = await answer.text()
    if (way.losing && request.url === '/api/enrol') {
      way.lost++
      return request.socket.destroy()
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => { proxy.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { proxy.close().closeAllConnections() })
  way.url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return way
}

test('where the answer with its key is lost, at first or when it is renewed, an agent is locked out of nothing, and is no other agent', async (t) => {
  const { app } = await serve(t)
  const way = await lossy(t, await app.listen({ port: 0, host: '127.0.0.1' }))
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-keys-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const signal = AbortSignal.timeout(60_000)
  const warnings: string[] = []
  const agent = (rotateAfterMs: number) => {
    const transport = { url: way.url, environment: {}, token: enrolSecret }
    const sink = enrolled({
      transport, file: join(folder, 'keys.json'), rotateAfterMs, onWarning: (message) => warnings.push(message), open: (key) => httpSink({ ...transport, token: key ?? '' })
    })
    t.teardown(async () => await sink.close?.())
    return sink
  }
  way.losing = true
  const first = agent(Infinity)
  await t.throwsAsync(async () => await first.write([reportOf()], { signal }), { code: 'TATUSCAN_DELIVERY_FAILED' })
  way.losing = false
  await first.write([reportOf()], { signal })

  way.losing = true
  const renewing = agent(-1)
  await renewing.write([reportOf()], { signal })
  t.regex(warnings.join(), /could not be renewed; it is used on/)
  t.is(way.lost, 2)
  const keys = await app.credentials.keysOf(id)
  t.deepEqual(keys.map(({ expires_at, taken_over_at, last_used_at }) => [expires_at, taken_over_at, last_used_at === null]), [[null, null, true], [null, null, false]], 'the old one holds without an end')
  way.losing = false
  await agent(-1).write([reportOf()], { signal })
  t.is((await app.credentials.keysOf(id)).length, 2)
  t.is((await app.credentials.keysOf(id))[0]!.expires_at, null)
  t.is(warnings.length, 1)
})
