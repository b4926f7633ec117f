import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { createReportIds } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { logIn, serveWithAccess } from './access.ts'

/** `npm run test:long` asks for 10,000. */
const logins = Number(process.env.TATUSCAN_TEST_LOGINS ?? 600)
/** From so many addresses at once, none of which is over its own limit. */
const addresses = 100

test.serial('wrong logins, from one address and from many, are limited; an agent behind that address, people elsewhere and memory are unaffected', async (t) => {
  t.timeout(600_000)
  const { url, setupLink, child, stderr } = await serveWithAccess(t, ['--trust-proxy', '127.0.0.1/32'], { TATUSCAN_ENROL_SECRET: 'an enrolment secret of the test' })
  await logIn(setupLink!, { name: 'ana', password: 'correct horse battery' })
  const client = new Agent({ keepAlive: true })
  t.teardown(() => client.destroy())
  const ask = async (method: 'GET' | 'POST', path: string, from: string, headers: Record<string, string> = {}, body = '') => await new Promise<{ status: number, retryAfter: string | undefined, body: string, cookies: string[] }>((resolve, reject) => {
    request(url + path, { method, agent: client, headers: { 'x-forwarded-for': from, 'content-length': Buffer.byteLength(body), ...headers } }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode!, retryAfter: answer.headers['retry-after'], body, cookies: answer.headers['set-cookie'] ?? [] }), reject)
    }).on('error', reject).end(body)
  })
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024

  const attacker = '192.0.2.1'
  const json = { 'content-type': 'application/json' }
  const { machine_id } = sampleReport()
  const { key } = JSON.parse((await ask('POST', '/api/enrol', attacker, { ...json, authorization: 'Bearer an enrolment secret of the test' }, JSON.stringify({ machine_id }))).body)
  const nextId = createReportIds()
  const report = async () => (await ask('POST', '/api/machines', attacker, { ...json, authorization: `Bearer ${key}` }, JSON.stringify(sampleReport({ machine_id, report_id: nextId() })))).status
  t.is(await report(), 201)

  const page = await ask('GET', '/login', attacker)
  const form = { 'content-type': 'application/x-www-form-urlencoded', cookie: page.cookies[0]!.split(';', 1)[0]! }
  const _form = /name="_form" value="([^"]+)"/.exec(page.body)![1]!
  const wrongly = async (from: string, name: string) => await ask('POST', '/login', from, form, new URLSearchParams({ name, password: 'wrong wrong', _form }).toString())
  const statuses = new Map<number, number>()
  const count = ({ status, retryAfter }: { status: number, retryAfter: string | undefined }): void => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status === 429 && !(Number(retryAfter) > 0)) throw new Error(`refused without Retry-After: ${retryAfter}`)
  }

  const before = memory()
  let most = 0
  const attack = { done: false }
  const times: number[] = []
  const agent = (async () => {
    const seen = new Set<number>()
    for (;;) {
      if (attack.done) return seen
      const began = performance.now()
      seen.add(await report())
      times.push(performance.now() - began)
      most = Math.max(most, memory())
      await sleep(20) // its own key has a rate too
    }
  })()

  let sent = 0
  await Promise.all(Array.from({ length: 50 }, async () => { while (sent < logins) count(await wrongly(attacker, ['ana', `nobody-${sent}`][sent++ % 2]!)) }))
  t.is(statuses.get(401), 20)
  t.is(statuses.get(429), logins - 20)
  t.is((await logIn(`${url}/login`, { name: 'ana', password: 'correct horse battery' })).cookie.includes('tatuscan_session'), true, 'somebody at another address, as the proxy’s own')

  statuses.clear()
  await Promise.all(Array.from({ length: addresses }, async (_, index) => count(await wrongly(`203.0.113.${index}`, `nobody-${index}`))))
  t.deepEqual([...statuses.keys()].sort(), [401, 429])
  t.true(statuses.get(429)! > 0, 'more at once than are looked at')
  t.true((await logIn(`${url}/login`, { name: 'ana', password: 'correct horse battery' })).cookie.includes('tatuscan_session'))

  attack.done = true
  t.deepEqual([...await agent], [200], 'the agent')
  t.true(times.length > 10)
  t.true(most - before < 200, `memory went from ${before.toFixed(0)} to ${most.toFixed(0)} MiB`)
  t.regex(stderr(), /too many logins failed/)
  times.sort((a, b) => a - b)
  t.log(`${logins} wrong logins from one address, ${addresses} from as many: ${times.length} reports meanwhile, half within ${times[times.length >> 1]!.toFixed(0)} ms, ` +
    `99 % within ${times[Math.floor(times.length * 0.99)]!.toFixed(0)} ms; memory ${before.toFixed(0)} to ${most.toFixed(0)} MiB`)
})
