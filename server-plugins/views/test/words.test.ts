import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import ts from 'typescript'
import { catalogues as authCatalogues } from '../../auth/src/locales.ts'
import { catalogues } from '../src/locales/index.ts'

/** Literals that read like words and are none for people. */
const known = new Set(['TatuScan', 'America/Cuiaba', 'npx tatuscan daemon --url '])

const source = fileURLToPath(new URL('../src/', import.meta.url))

test('no template and no script holds a word for people: all are in the catalogues', (t) => {
  for (const file of globSync('templates/**/*.eta', { cwd: source })) {
    const html = readFileSync(source + file, 'utf8').replaceAll(/<%[\s\S]*?%>/g, '\u0001')
    const spoken = [...html.matchAll(/\s(?:aria-label|title|placeholder|alt|label)="([^"]*)"/g)].map(([, text]) => text!)
    const words = [html.replaceAll(/<kbd[^>]*>.*?<\/kbd>/g, '').replaceAll(/<[^>]*>/g, ' '), ...spoken].join(' ')
    t.deepEqual(words.match(/\p{L}+/gu) ?? [], [], file)
  }
  for (const file of globSync('assets/*.js', { cwd: source })) {
    const script = readFileSync(source + file, 'utf8').replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
    t.deepEqual([...script.matchAll(/'([A-ZÀ-Ú][^']*)'/g)].map(([, text]) => text).filter((text) => !/^[A-Z]+$|^Escape$/.test(text!)), [], file)
  }
})

test('no page module, the pages to log in among them, holds a word for people but in errors and logs', (t) => {
  const files = [...globSync('**/*.ts', { cwd: source, exclude: ['locales/**'] }).map((file) => source + file), ...['login-pages.ts', 'form-page.ts'].map((name) => `${source}../../auth/src/${name}`)]
  t.true(files.length > 20)
  for (const file of files) t.deepEqual(spokenIn(file), [], file)
})

test('every word is shown somewhere', (t) => {
  const files = globSync('**/*.{ts,eta}', { cwd: source, exclude: ['locales/**'] }).map((file) => source + file)
  const store = `${source}../../../core/src/machine-store.ts` // the names of fields and statuses
  const sources = [...files, store].map((file) => readFileSync(file, 'utf8')).join('\n')
  const { os: _systems, ...words } = catalogues.en // as machines say them
  const auth = readFileSync(`${source}../../auth/src/login-pages.ts`, 'utf8')
  t.deepEqual([...unused(words, 't', sources), ...unused(authCatalogues.en, 't', auth)], [])
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
  compare(authCatalogues.en, authCatalogues['pt-BR'], 'auth')
  t.deepEqual(namesOf(authCatalogues['pt-BR']), namesOf(authCatalogues.en))
  t.deepEqual(namesOf(catalogues['pt-BR']), namesOf(catalogues.en))
})

/** The literals of a module that read like words: two side by side, or one that begins with a capital. */
function spokenIn (file: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return
    if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) return
    if (ts.isCallExpression(node) && /^invalid$|\blog\.\w+$/.test(node.expression.getText())) return
    if (ts.isPropertyAssignment(node) && /security-policy/.test(node.name.getText())) return
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      const spoken = [...node.text.matchAll(/(?:aria-label|title|placeholder|alt)="([^"]*)"/g)].map(([, text]) => text).join(' ')
      // Of a template's pieces a tag may begin or end outside
      const text = spoken + ' ' + node.text.replaceAll(/<[^>]*>|<[^>]*$|^[^<]*"[^<>]*>/g, ' ')
      if (/\p{L}{2,}\s+\p{L}{2,}|^\s*\p{Lu}\p{Ll}+\s*$/u.test(text) && !known.has(node.text) && !node.text.startsWith('@media ')) found.push(node.text)
    }
    node.forEachChild(visit)
  }
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true))
  return found
}

/** The names of a catalogue's words, with those of what they are in. */
function namesOf (words: object, path = ''): string[] {
  return Object.entries(words).flatMap(([name, value]) => typeof value === 'object' ? namesOf(value as object, `${path}${name}.`) : [`${path}${name}`]).toSorted()
}

/** Words that no source names: as `parent.name`, or, where it has `t.parent[…]`, by their name in quotes. */
function unused (words: object, parent: string, sources: string): string[] {
  return Object.entries(words).flatMap(([name, value]) => {
    const chosen = new RegExp(`\\bt\\.${parent}\\[`).test(sources)
    if (typeof value === 'object' && !chosen) return unused(value as object, name, sources)
    return new RegExp(`\\b${parent}\\.${name}\\b${chosen ? `|'${name}'` : ''}`).test(sources) ? [] : [`${parent}.${name}`]
  })
}
