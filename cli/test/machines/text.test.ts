import test from 'ava'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { readSettingsCsv } from '../../src/machines/read-settings-csv.ts'
import { cut, textTable } from '../../src/machines/text-table.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '机', '😀', '👩‍👩‍👧', 'e\u0301', 'ー'), maxLength: 40 })

test('what is cut fits its width and is the beginning of the text; what fits is left alone', (t) => {
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 60 }), (given, width) => {
    const short = cut(given, width)
    t.true(stringWidth(short) <= width)
    if (stringWidth(given) <= width) t.is(short, given)
    else t.true(short.endsWith('…') && given.startsWith(short.slice(0, -1)))
  }))
})

test('a table never is wider than its terminal, where that has room for a letter of each column', (t) => {
  const rows = fc.integer({ min: 1, max: 6 }).chain((columns) => fc.array(fc.array(text, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 }))
  fc.assert(fc.property(rows, fc.integer({ min: 18, max: 120 }), (given, width) => {
    const line = textTable(given, { width })
    for (const row of given) t.true(stringWidth(line(row)) <= width)
  }))
})

test('columns stand under one another, a wide letter counting for two', (t) => {
  const line = textTable([['机器机器', 'a'], ['x', 'b']])
  t.deepEqual([line(['机器机器', 'a']), line(['x', 'b'])], ['机器机器  a', 'x         b'])
})

const read = (csv: string) => readSettingsCsv(Buffer.from(csv)).map(({ hostname, changes }) => ({ hostname, ...changes }))

test('CSV is read as spreadsheets write it, with commas or semicolons, in English or Portuguese', (t) => {
  const expected = [{ hostname: 'a,b;c', computer_activation: '03/02/2024', computer_model: 'X "1"\nY' }]
  t.deepEqual(read('\ufeffhostname,activation date,model\r\n"a,b;c",03/02/2024,"X ""1""\nY"\r\n'), expected)
  t.deepEqual(read('HOSTNAME;Data de ativação;MODELO;Sala\n"a,b;c";03/02/2024;"X ""1""\nY";12\n\n'), expected)
  t.deepEqual(read('"model; or so","hostname",computer_activation,activation_days\n1,a,1700000000,-3'), [{ hostname: 'a', computer_activation: '1700000000', activation_days: -3 }])
  t.deepEqual(read('hostname,model\na,\n'), [{ hostname: 'a' }], 'an empty cell sets nothing')
})

test('a file that is not right is refused whole, with the line of each fault', (t) => {
  for (const [csv, message] of [
    ['', /it is empty/],
    ['name of it,model\na,b', /line 1: no column is called hostname; there are name of it, model/],
    ['hostname\na', /no column is called activation date, model/],
    ['hostname,host,model\na,b,c', /hostname is there 2 times/],
    ['hostname,model\na,b\n,c\n', /line 3: it names no hostname/],
    ['hostname,model\na,b\na,c\n', /line 3: a is on line 2 already/],
    ['hostname,activation\na,31/02/2024\nb,soon', /line 2: "31\/02\/2024" is no date[^]*line 3: "soon" is no date/],
    ['hostname,activation_days\na,1.5', /line 2: "1\.5" is no number of days/],
    [`hostname,model\na,${'x'.repeat(101)}`, /at most 100/],
    ['hostname,model\na,b,c', /line 2/],
    ['hostname,model\na,"b', /[Qq]uote/]
  ] as const) t.throws(() => read(csv), { code: 'TATUSCAN_INVALID_OPTION', message }, csv)
  t.throws(() => readSettingsCsv(Buffer.from('hostname,model\na,Esta\xe7\xe3o', 'latin1')), { message: /not UTF-8: save it as "CSV UTF-8"/ })
})

test('whatever cells hold comes out as it went in', (t) => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', ';', '"', '\n', ' ', 'é', '机'), maxLength: 12 })
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`
  fc.assert(fc.property(fc.uniqueArray(cell.filter((value) => value.trim() !== ''), { selector: (value) => value.trim() }), cell, fc.constantFrom(',', ';'), (hostnames, model, delimiter) => {
    const csv = [['hostname', 'model'], ...hostnames.map((hostname) => [quoted(hostname), quoted(model)])].map((row) => row.join(delimiter)).join('\n')
    t.deepEqual(read(csv), hostnames.map((hostname) => ({ hostname: hostname.trim(), ...model.trim() !== '' && { computer_model: model.trim() } })))
  }))
})
