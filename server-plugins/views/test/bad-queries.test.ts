import test from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import fc from 'fast-check'
import { views } from '../src/index.ts'
import { corpus } from './corpus.ts'
import { openServer } from './server.ts'

const names = [
  'q', 'os', 'os_version', 'status', 'failing', 'duplicate', 'created_since', 'created_before', 'facts.sample.answer', 'facts.__proto__.x', 'facts.', 'facts', 'min.cpu_percent',
  'below.facts.sample.answer', 'min.', 'below.nothing', 'unknown', 'sort', 'dir', 'limit', 'cursor', 'fields', 'top', 'by', 'lang', 'theme', 'asked', 'fact', 'value', 'number', 'from', 'to',
  'unknown_too', 'saved', 'removed', '__proto__', 'constructor', 'toString', 'a[b]', 'fields[]', ''
]
const values = [
  ...corpus, '', ' ', 'abc', '-1', '0', '1e999', 'NaN', '99999999999999999999', '__proto__', 'constructor', 'hostname', 'desc', 'facts.sample.answer', 'facts.sample.answer.deeper', 'garbage',
  'eyJ9', 'w'.repeat(10_000), 'é'.repeat(3000), '2026-01-31', '2026-02-30', '0000-00-00', '275760-09-13', '+275760-09-13T00:00:00Z', '-271821-04-20T00:00:00Z', '8640000000000000', 'true', '*', ',,,',
  Array.from({ length: 60 }, (_, index) => `facts.sample.k${index}`).join(), '🦔', '\ud800', '\0'
]
const encoded = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...values).map((value) => encodeURIComponent(value.toWellFormed())) }, fc.constantFrom('%', '%E0%A4%A', '%ff%fe', '%00', '+', '&', '=', '%u0041', '[]', '{"$ne":1}'), fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())))
const pair = fc.tuple(fc.constantFrom(...names).map(encodeURIComponent), encoded).map(([name, value]) => `${name}=${value}`)
const query = fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.join('&'))

test('whatever the address asks for, each page answers with the nearest sensible or a clear refusal, never a 5xx', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const { machine: { machine_id: id } } = await app.machines.save(sampleReport({ hostname: 'srv-031' }))
  await app.machines.save(sampleReport({ hostname: 'srv-032' }))
  const seen = new Map<number, number>()
  await fc.assert(fc.asyncProperty(fc.constantFrom('/', '/report', '/report.csv', '/charts', `/machines/${id}`, '/machines/nobody', '/nowhere'), query, async (path, query) => {
    let answer = await app.inject({ url: `${path}?${query}`, headers: { accept: 'text/html' } })
    for (let redirects = 0; answer.statusCode === 303 && redirects < 3; redirects++) answer = await app.inject(String(answer.headers.location))
    seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1)
    if (answer.statusCode >= 500) throw new Error(answer.body.slice(0, 300))
    const expected = path === '/nowhere' || path === '/machines/nobody' ? [404] : [200, 400]
    return expected.includes(answer.statusCode) && (path !== '/report.csv' || answer.statusCode !== 200 || /^text\/csv/.test(String(answer.headers['content-type'])))
  }), { numRuns: 600 })
  t.log(Object.fromEntries(seen))
  t.true(seen.get(200)! > 100)
})

test('whatever a form holds, the machine’s page answers with itself or a clear refusal, never a 5xx, and keeps nothing that it should not', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const field = fc.tuple(fc.constantFrom('computer_model', 'computer_activation', 'activation_days', '_csrf', '__proto__', 'x'), encoded).map(([name, value]) => `${name}=${value}`)
  const body = fc.oneof(fc.array(field, { maxLength: 5 }).map((fields) => fields.join('&')), fc.constantFrom('', '%', '{}', 'w'.repeat(20_000)), encoded.map((word) => `hostname=${word}`))
  const types = [...Array<string>(20).fill('application/x-www-form-urlencoded'), 'application/x-www-form-urlencoded; charset=utf-8', 'application/json', 'multipart/form-data; boundary=x', 'text/plain', 'x']
  const { machine: { machine_id: id } } = await app.machines.save(sampleReport({ hostname: 'srv-031' }))
  const seen = new Map<number, number>()
  await fc.assert(fc.asyncProperty(fc.constantFrom(...Array<string>(5).fill(`/machines/${id}`), '/machines/nobody'), fc.constantFrom(...types), body, async (url, type, payload) => {
    const { statusCode, body } = await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })
    seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1)
    if (statusCode >= 500) throw new Error(body.slice(0, 300))
    const kept = await app.machines.find(id)
    return [303, 400, 404, 413, 415].includes(statusCode) && kept?.hostname === 'srv-031' && [...kept.computer_model ?? ''].length <= 100 && !kept.computer_model?.includes('\0')
  }), { numRuns: 800 })
  t.log(Object.fromEntries(seen))
  t.true(seen.get(303)! > 10 && seen.get(400)! > 10)
})
