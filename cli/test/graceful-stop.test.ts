import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import Fastify from 'fastify'
import { createOracle } from '../../server-plugins/storage/test/durability/oracle.ts'
import { gracefulStop } from '../src/graceful-stop.ts'
import { start, type Running } from './run.ts'

/** `npm run test:long` asks for more. */
const stops = Number(process.env.TATUSCAN_TEST_STOPS ?? 4)

async function folder (t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tatuscan-stop-'))
  t.teardown(async () => await rm(path, { recursive: true }))
  return path
}

async function serve (t: ExecutionContext, env: Record<string, string>): Promise<Running & { readonly url: string }> {
  const running = start(['serve', '--port', '0'], env)
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
  })
  for (;;) {
    const url = /TatuScan is at (http:\/\/[^ ]+)/.exec(running.stderr())?.[1]
    if (url !== undefined) return { ...running, url }
    if (running.child.exitCode !== null) throw new Error(`the server ended: ${running.stderr()}`)
    await sleep(20)
  }
}

test.serial('a terminal that closes ends the server as SIGTERM does', async (t) => {
  const server = await serve(t, { TATUSCAN_DB_DIR: await folder(t) })
  server.child.kill('SIGHUP')
  t.is((await server.finished).code, 0, server.stderr())
})

test.serial('a server that is told to end under load ends with 0, and has lost nothing that it acknowledged', async (t) => {
  t.timeout(600_000)
  const env = { TATUSCAN_DB_DIR: await folder(t) }
  const oracle = createOracle()
  const statuses = new Map<number, number>()
  let slowest = 0
  for (let stop = 0; stop < stops; stop++) {
    const server = await serve(t, env)
    if (stop > 0) t.deepEqual(await oracle.complaints(server.url), [], `after stop ${stop}`)
    const load = oracle.load(() => [server.url])
    await sleep(100 + Math.random() * 300)
    const began = performance.now()
    server.child.kill('SIGTERM')
    t.is((await server.finished).code, 0, server.stderr())
    slowest = Math.max(slowest, performance.now() - began)
    await load.stop()
    for (const [status, count] of load.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count)
  }
  const server = await serve(t, env)
  t.deepEqual(await oracle.complaints(server.url), [])
  t.true(oracle.acknowledged > 0)
  t.true(slowest < 10_000)
  t.deepEqual([...statuses.keys()].filter((status) => ![0, 200, 201, 503].includes(status)), [])
  t.log(`${stops} stops, ${oracle.acknowledged} reports acknowledged, the slowest took ${slowest.toFixed(0)} ms; answers: ${JSON.stringify(Object.fromEntries(statuses))}`)
})

/** A server with a route that answers when it is told to. */
async function held (t: ExecutionContext) {
  const app = Fastify({ return503OnClosing: false })
  t.teardown(async () => await app.close())
  gracefulStop(app, { requestMs: 60_000, bodyMs: 300 })
  const answer = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  app.post('/held', async () => {
    asked.resolve()
    await answer.promise
    return { done: true }
  })
  app.get('/quick', async () => ({ done: true }))
  return { app, url: await app.listen({ port: 0, host: '127.0.0.1' }), answer: answer.resolve, asked: asked.promise }
}

test('while a request in flight finishes, new ones are answered 503 with Retry-After, and their connections closed', async (t) => {
  const { app, url, answer, asked } = await held(t)
  const first = fetch(`${url}/held`, { method: 'POST' })
  await asked
  const closed = app.close()
  const second = await fetch(`${url}/quick`)
  t.is(second.status, 503)
  t.is(second.headers.get('retry-after'), '5')
  t.is(second.headers.get('connection'), 'close')
  t.is((await second.json() as { code: string }).code, 'TATUSCAN_OVERLOADED')
  answer()
  const done = await first
  t.is(done.status, 200)
  t.is(done.headers.get('connection'), 'close')
  t.deepEqual(await done.json(), { done: true })
  await closed
  await t.throwsAsync(fetch(`${url}/quick`))
})

test('a body that never comes to its end keeps no server from its own', async (t) => {
  const { app, url } = await held(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const gone = new Promise<void>((resolve) => { socket.on('error', () => {}).on('close', () => resolve()) })
  const received = new Promise<void>((resolve) => { app.server.once('request', () => resolve()) })
  socket.write('POST /held HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  await received
  await app.close()
  await gone
  t.pass()
})

test('a connection that says nothing keeps no server from its end', async (t) => {
  const { app, url } = await held(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const gone = new Promise<void>((resolve) => { socket.on('error', () => {}).on('close', () => resolve()) })
  await new Promise<void>((resolve) => { app.server.once('connection', () => resolve()) })
  await app.close()
  await gone
  t.pass()
})

test.serial('a second signal ends the server at once, whatever is in flight', async (t) => {
  const { url, child, finished } = await serve(t, { TATUSCAN_DB_DIR: await folder(t) })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}).write('POST /api/machines HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  await (await fetch(`${url}/api/health`)).text() // by now it has read the other, too
  child.kill('SIGTERM')
  for (;;) { // until it is stopping
    const status = await fetch(`${url}/api/health`).then(({ status }) => status, () => 0)
    if (status !== 200) break
  }
  child.kill('SIGTERM')
  t.is((await finished).code, 1)
})
