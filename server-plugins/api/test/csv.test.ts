import test from 'ava'
import fc from 'fast-check'
import { sampleReport } from '@tatuscan/core/testing'
import { csvRecord } from '@tatuscan/core'
import { parseCsv } from './parse-csv.ts'
import { get, serve } from './server.ts'

/** What a spreadsheet may take for a formula, told in another way than the code tells it. */
function isFormula (text: string): boolean {
  const visible = text.replace(/^[ \u00a0\u3000]+/, '')
  return ['=', '+', '-', '@', '\t', '\r'].some((start) => visible.startsWith(start))
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ';', ' ', "'", 'a', '1', 'é', '💻', '\u202e', '\u0001', '\u00a0') })
)
const anyNumber = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
const anyFact = fc.oneof(anyText, anyNumber, fc.boolean(), fc.constant(null), fc.array(anyText), fc.dictionary(anyText, anyText))

/** What a cell holds of a value, save for the apostrophe. */
function shown (value: unknown): string {
  return value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}

test('whatever is put in, a CSV parser reads it back; formulas have an apostrophe before them, and nothing else has', (t) => {
  fc.assert(fc.property(fc.array(fc.array(anyFact, { minLength: 3, maxLength: 3 })), (rows) => {
    const read = parseCsv(rows.map(csvRecord).join(''))
    t.is(read.length, rows.length)
    rows.forEach((row, at) => row.forEach((value, column) => {
      const cell = read[at]![column]!
      if (typeof value !== 'string') return t.is(cell, shown(value))
      t.false(isFormula(cell))
      if (isFormula(value)) t.is(cell, `'${value}`)
      else t.true(cell === value || cell === `'${value}`)
    }))
  }))
  t.pass()
})

test('a cell is as RFC 4180 has it, and no formula', (t) => {
  for (const [value, cell] of [
    ['plain', 'plain'], ['', ''], [null, ''], [undefined, ''], ['a,b', '"a,b"'], ['say "hi"', '"say ""hi"""'], ['two\r\nlines', '"two\r\nlines"'], [' padded', '" padded"'],
    ['=1+1', "'=1+1"], ['  =1+1', "'  =1+1"], ['\t=1', '"\'\t=1"'], ['\rx', '"\'\rx"'], ['\u00a0@SUM(A1)', "'\u00a0@SUM(A1)"], ['\u0001=1', '"\'\u0001=1"'],
    ['＝1+1', "'＝1+1"], ['-5', "'-5"], [-5, '-5'], [+5, '5'], [1e21, '1e+21'], [0.1, '0.1'], [true, 'true'], ['a=b', 'a=b'], ['a-b@c', 'a-b@c'],
    [['=1', 2], '"[""=1"",2]"'], [{ a: [null] }, '"{""a"":[null]}"'], ["'=1", "'=1"]
  ] as const) {
    t.is(csvRecord([value]), `${cell}\r\n`, JSON.stringify(value))
  }
})

test('machines.csv holds every machine that matches, in order, a line each, under the names of its columns', async (t) => {
  const app = await serve(t)
  await app.machines.save(sampleReport({ hostname: 'b', os: 'linux', ip: '192.0.2.2', memory_total_mb: null }))
  await app.machines.save(sampleReport({ hostname: 'C', os: 'windows', ip: '192.0.2.1' }))
  await app.machines.save(sampleReport({ hostname: 'a', os: 'linux', ip: null }))
  const answer = await app.inject('/api/machines.csv')
  t.is(answer.statusCode, 200)
  t.is(answer.headers['content-type'], 'text/csv; charset=utf-8')
  t.regex(String(answer.headers['content-disposition']), /^attachment; filename="tatuscan-machines-\d{4}-\d{2}-\d{2}\.csv"$/)
  const [header, ...lines] = parseCsv(answer.body)
  t.deepEqual(header, [
    'machine_id', 'hostname', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'computer_model', 'computer_activation', 'activation_days',
    'created_at', 'updated_at', 'last_seen', 'status', 'agent_version'
  ])
  const { items } = await get(app, '/api/machines')
  t.deepEqual(lines, items.map((item: Record<string, unknown>) => header!.map((name) => shown(item[name]))), 'as in the JSON')
  for (const [query, expected] of [
    ['sort=hostname&dir=desc', ['b', 'a', 'C']], ['sort=ip', ['C', 'b', 'a']], ['sort=ip&dir=desc', ['b', 'C', 'a']], ['os=linux', ['a', 'b']], ['q=192.0.2.1', ['C']],
    ['status=lost', []], ['facts.sample.answer=42', ['C', 'a', 'b']], ['facts.sample.answer=42&os=linux', ['a', 'b']]
  ] as const) {
    const { body } = await app.inject(`/api/machines.csv?fields=hostname&${query}`)
    t.deepEqual(parseCsv(body).flat(), ['hostname', ...expected], query)
  }
})

test('fields chooses columns and their order, facts and failures among them', async (t) => {
  const app = await serve(t)
  const failures = [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_FAILED', message: 'a "bad" one', ms: 3 }]
  await app.machines.save(sampleReport({ hostname: 'a', facts: { os: { arch: 'x64', cores: -8, tags: ['x', 'y'], none: null, sub: { deep: true } } }, failures }))
  await app.machines.save(sampleReport({ hostname: 'b', facts: {} }))
  const names = ['facts.os.sub.deep', 'hostname', 'facts.os.arch', 'facts.os.cores', 'facts.os.tags', 'facts.os.tags.0', 'facts.os.none', 'facts.os.sub', 'facts.gpu.model', 'failures', 'facts', 'clock_offset_s']
  const { body } = await app.inject(`/api/machines.csv?fields=${names.join()}`)
  t.deepEqual(parseCsv(body), [
    names,
    ['true', 'a', 'x64', '-8', '["x","y"]', '', '', '{"deep":true}', '', JSON.stringify(failures), '{"os":{"arch":"x64","cores":-8,"tags":["x","y"],"none":null,"sub":{"deep":true}}}', ''],
    ['', 'b', '', '', '', '', '', '', '', '[]', '{}', '']
  ])
})

test('a field that a machine can’t have is refused, by its name; so is what is for pages', async (t) => {
  const app = await serve(t)
  for (const [query, path, name] of [
    ['fields=hostname,password', '/fields', 'password'], ['fields=', '/fields', 'nothing'], ['fields=ip,', '/fields', 'nothing'], ['fields=facts.os', '/fields', 'facts.os'],
    ['fields=facts.OS.arch', '/fields', 'facts.OS.arch'], ['fields=constructor', '/fields', 'constructor'], ['fields=ip,os,ip', '/fields', 'ip twice'], ['fields=ip&fields=os', '/fields', 'once'],
    ['limit=5', '/limit', ''], ['cursor=x', '/cursor', ''], ['include=facts', '/include', ''], ['sort=x', '/sort', ''], ['facts.os=x', '/facts.os', '']
  ] as const) {
    const answer = await app.inject(`/api/machines.csv?${query}`)
    t.is(answer.statusCode, 400, query)
    const { code, details } = answer.json()
    t.is(code, 'TATUSCAN_INVALID_REQUEST')
    t.deepEqual(details.map((detail: { path: string }) => detail.path), [path], query)
    t.true(details[0].message.includes(name), details[0].message)
  }
})

test('what machines tell comes through whole: any text, in every column that holds one', async (t) => {
  const app = await serve(t)
  const text = anyText.filter((text) => text !== '' && !text.includes('\0') && text.isWellFormed()).map((text) => Array.from(text).slice(0, 100).join(''))
  const machines = fc.uniqueArray(fc.record({ hostname: text, os_version: text, fact: anyFact }), { selector: ({ hostname }) => hostname, maxLength: 20 })
  await fc.assert(fc.asyncProperty(machines, async (told) => {
    const reports = told.map(({ fact, ...fields }) => sampleReport({ ...fields, facts: { odd: { fact } } }))
    await Promise.all(reports.map(async (report) => await app.machines.save(report)))
    const { body } = await app.inject('/api/machines.csv?fields=machine_id,hostname,os_version,facts.odd.fact')
    const byId = new Map(parseCsv(body).slice(1).map(([id, ...cells]) => [id!, cells]))
    t.is(byId.size, reports.length)
    for (const { machine_id, hostname, os_version, facts } of reports) {
      const values = [hostname, os_version, facts.odd!.fact]
      values.forEach((value, column) => {
        const cell = byId.get(machine_id)![column]!
        t.is(typeof value === 'string' && cell !== value ? cell.slice(1) : cell, shown(value))
      })
    }
    await Promise.all(reports.map(async ({ machine_id }) => await app.machines.remove(machine_id)))
  }), { numRuns: 30 })
})
