import test from 'ava'
import fc from 'fast-check'
import { describeFacts } from '../src/describe-facts.ts'
import { escapeHtml } from '../src/escape.ts'
import { createFormats } from '../src/formats.ts'
import { languages } from '../src/locales/index.ts'
import { wholeNumber } from '../src/query.ts'

test('escaped text holds nothing that HTML reads as more than text, and loses nothing else', (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    const escaped = escapeHtml(text)
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|(?<!\u2409)\t|(?<!\u240a)\n/.test(escaped)) return false
    return [...escaped.replaceAll(/&[^;]+;/g, '.').replaceAll(/(?<=\u2409)\t|(?<=\u240a)\n/g, '')].length === [...text].length
  }))
  t.is(escapeHtml('<b>"\u0000\u001b\u007f\u0085'), '&lt;b&gt;&quot;\u2400\u241b\u2421\ufffd')
  t.is(escapeHtml('a\tb\r\nc'), 'a\u2409\tb\u240d\u240a\nc')
})

test('whatever the facts and whatever a schema says of them, each fact becomes one row', (t) => {
  const facts = fc.dictionary(fc.string().filter((name) => name !== '__proto__'), fc.jsonValue())
  const node = fc.record({ title: fc.jsonValue(), unit: fc.jsonValue(), format: fc.constantFrom('date-time', 'x', 5), items: fc.jsonValue(), properties: fc.jsonValue() }, { requiredKeys: [] })
  fc.assert(fc.property(facts, fc.dictionary(fc.string(), node), fc.jsonValue(), (facts, properties, other) => {
    for (const schema of [{ properties }, { properties: Object.fromEntries(Object.keys(facts).map((name) => [name, other])) }, other, undefined]) {
      if (describeFacts(facts, schema).length !== Object.keys(facts).length) return false
    }
    return true
  }))
  t.pass()
})

test('a table has a column for each name that one of its objects has, in the schema’s order', (t) => {
  const schema = { properties: { disks: { title: 'Disks', items: { properties: { size: { title: 'Size', unit: 'MiB' }, path: { title: 'Path' } } } } } }
  t.deepEqual(describeFacts({ disks: [{ path: '/' }, { extra: null, size: 5 }] }, schema), [{
    label: 'Disks',
    shown: {
      kind: 'table',
      columns: ['Size', 'Path', 'extra'],
      rows: [
        [{ kind: 'unknown' }, { kind: 'text', text: '/' }, { kind: 'unknown' }],
        [{ kind: 'number', value: 5, unit: 'MiB' }, { kind: 'unknown' }, { kind: 'unknown' }]
      ]
    }
  }])
})

test('numbers and times read as the language has them', (t) => {
  const [english, portuguese] = languages.map((language) => createFormats(language, 'America/Cuiaba'))
  const noon = new Date('2026-01-02T16:00:00Z')
  t.is(english!.percent(12.34), '12.3%')
  t.is(portuguese!.percent(12.34), '12,3%')
  t.is(english!.memory(1536), '1.5\u00a0GiB')
  t.is(english!.measure(1234, undefined), '1234')
  t.is(english!.measure(1234, 'ms'), '1,234\u00a0ms')
  t.regex(english!.instant(noon), /Jan 2, 2026, 12:00:00/)
  t.regex(portuguese!.instant(noon), /2 de jan\. de 2026.*12:00:00/)
  t.is(english!.ago(noon, new Date(noon.getTime() + 2 * 3_600_000 + 59_000)), '2h ago')
  t.is(english!.ago(noon, new Date(noon.getTime() - 5000)), 'now', 'clocks that differ tell no future')
})

test('a number in a query is the nearest that is allowed', (t) => {
  const range = { minimum: 1, maximum: 50, otherwise: 8 }
  const given = [undefined, '', ' ', 'abc', '0', '-3', '7', '7.6', '51', '1e999', '0x10']
  t.deepEqual(given.map((text) => wholeNumber(text, range)), [8, 8, 8, 8, 1, 1, 7, 8, 50, 50, 16])
})
