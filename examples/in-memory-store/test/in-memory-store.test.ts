import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import test from 'ava'
import Fastify from 'fastify'
import { sampleReport, testStore } from '@tatuscan/core/testing'
import { api } from '@tatuscan/server-api'
import { ingest } from '@tatuscan/server-ingest'
import { views } from '@tatuscan/server-views'
import { memoryStore } from '../src/index.ts'

testStore(test, 'memory', async () => {
  const app = Fastify()
  await app.register(memoryStore)
  return { machines: app.machines, close: async () => await app.close() }
})

test('ingest, api and views run on it as they do on a database', async (t) => {
  const app = Fastify()
  t.teardown(async () => await app.close())
  await app.register(memoryStore)
  for (const plugin of [ingest, api, views]) await app.register(plugin, { prefix: '/fleet' })
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/fleet`
  const report = sampleReport({ hostname: 'kept-in-memory', failures: [{ collector: 'gpu', code: 'X', message: 'no gpu', ms: 1 }] })
  const post = async (body: object) => await fetch(`${url}/api/machines`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const get = async (path: string) => await (await fetch(url + path)).json() as any

  t.is((await post(report)).status, 201)
  t.is((await post(report)).status, 200)
  t.is((await post({ ...report, cpu_percent: 99 })).status, 422)
  const { items: [item], count } = await get('/api/machines')
  t.is(count, 1)
  t.like(item, { hostname: 'kept-in-memory', ip: report.ip, cpu_percent: report.cpu_percent, status: 'online' })
  t.deepEqual((await get('/api/machines?limit=5&q=MEMORY&include=facts')).items[0].facts, report.facts)
  t.like(await get(`/api/machines/${report.machine_id}`), { facts: report.facts, failures: report.failures })
  t.like((await get('/api/collectors')).items[0], { name: 'sample', schema: report.schemas.sample })
  t.deepEqual(await get('/api/health'), { status: 'healthy' })

  const machine = `${url}/api/machines/${report.machine_id}`
  t.is((await fetch(machine, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ computer_model: 'OptiPlex' }) })).status, 200)
  for (const path of ['/', '/report', '/charts', `/machines/${report.machine_id}`]) {
    const page = await fetch(url + path)
    t.is(page.status, 200, path)
    t.true((await page.text()).includes('kept-in-memory'), path)
  }
  t.is((await fetch(machine, { method: 'DELETE' })).status, 200)
  t.is((await get('/api/machines')).count, 0)
})

test('the README’s example prints what the README says', async (t) => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const block = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(readme)![1]!
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', block('js')], { cwd: new URL('..', import.meta.url) })
  t.is(stdout, block('console'))
})
