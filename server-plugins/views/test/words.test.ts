import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { catalogues } from '../src/locales/index.ts'

const source = fileURLToPath(new URL('../src/', import.meta.url))

test('no template and no script holds a word for people: all are in the catalogues', (t) => {
  for (const file of globSync('templates/**/*.eta', { cwd: source })) {
    const html = readFileSync(source + file, 'utf8').replaceAll(/<%[\s\S]*?%>/g, '\u0001')
    const spoken = [...html.matchAll(/\s(?:aria-label|title|placeholder|alt|label)="([^"]*)"/g)].map(([, text]) => text!)
    const words = [html.replaceAll(/<kbd[^>]*>.*?<\/kbd>/g, '').replaceAll(/<[^>]*>/g, ' '), ...spoken].join(' ')
    t.deepEqual(words.match(/\p{L}+/gu) ?? [], [], file)
  }
  const script = ['page', 'charts'].map((name) => readFileSync(`${source}assets/${name}.js`, 'utf8')).join('\n').replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
  t.deepEqual([...script.matchAll(/'([A-ZÀ-Ú][^']*)'/g)].map(([, text]) => text).filter((text) => !/^[A-Z]+$|^Escape$/.test(text!)), [])
})

test('every word is in both languages', (t) => {
  const alike = new Set(['—', 'Menu', 'Id', 'CPU', 'online', 'Linux', 'Windows', 'macOS', 'CPU (%)'])
  const compare = (english: object, portuguese: object, path: string): void => {
    for (const [name, text] of Object.entries(english)) {
      const other = (portuguese as Record<string, unknown>)[name]
      if (typeof text === 'object') compare(text as object, other as object, `${path}.${name}`)
      else if (typeof text === 'string' && !alike.has(text)) t.not(other, text, `${path}.${name}`)
    }
  }
  compare(catalogues.en, catalogues['pt-BR'], 'catalogue')
  t.pass()
})
