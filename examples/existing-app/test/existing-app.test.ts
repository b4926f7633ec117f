import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { httpSink } from '@tatuscan/core/sinks'
import { existingApp } from '../src/index.ts'

async function start (t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-existing-app-'))
  const app = await existingApp({ database: `sqlite:${join(folder, 'fleet.db')}`, people: { ana: 'correct horse' } })
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  return app
}

const authorization = `Basic ${Buffer.from('ana:correct horse').toString('base64')}`

test('an agent reports under one prefix, and people see the machine under the other', async (t) => {
  const app = await start(t)
  const sink = httpSink({ url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/fleet` })
  await sink.write([sampleReport({ hostname: 'seen-machine' })], { signal: AbortSignal.timeout(5000) })
  await sink.close?.()
  for (const url of ['/inventory', '/inventory/', '/inventory/report', '/inventory/charts']) {
    const { statusCode, body } = await app.inject({ url, headers: { authorization } })
    t.is(statusCode, 200, url)
    t.true(body.includes('seen-machine'), url)
  }
})

test('the host’s login guards every page, and its own routes stay as they were', async (t) => {
  const app = await start(t)
  for (const url of ['/inventory', '/inventory/report', '/inventory/charts', '/inventory/machines/abc']) {
    t.is((await app.inject(url)).statusCode, 401, url)
    t.is((await app.inject({ url, headers: { authorization: 'Basic x' } })).statusCode, 401, url)
  }
  t.is((await app.inject('/')).body, 'The application that was here before')
  t.is((await app.inject('/report')).statusCode, 404)
})
