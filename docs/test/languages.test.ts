import test from 'ava'
import { codeIn, readDocument } from './markdown.ts'

const english = readDocument('README.md')
const portuguese = readDocument('README-PT.md')

test('README.md and README-PT.md have the same headings, one below the other', (t) => {
  const depths = ({ headings }: typeof english) => headings.map(({ depth }) => depth)
  t.deepEqual(depths(portuguese), depths(english))
})

test('…the same code, whatever its comments say', (t) => {
  const code = ({ blocks }: typeof english) => blocks.map(({ language, text }) => ({ language, text: text.replaceAll(/\s+(\/\/|#) .*$/gm, '') }))
  t.deepEqual(code(portuguese), code(english))
})

test('…the same tables: as many rows and columns, and in each row the same names', (t) => {
  const rows = ({ tables }: typeof english) => tables.map((table) => table.map((row) => [row.length, ...codeIn(row[0]!), ...row.slice(1).flatMap(codeIn).sort()]))
  t.deepEqual(rows(portuguese), rows(english))
})

test('…the same links in the same order, but for those to one another', (t) => {
  const links = ({ links }: typeof english) => links.filter((link) => !/^README(-PT)?\.md$/.test(link))
  t.deepEqual(links(portuguese), links(english))
})

test('…the same names of commands, flags and variables in their text', (t) => {
  t.deepEqual([...portuguese.code].sort(), [...english.code].sort())
})
