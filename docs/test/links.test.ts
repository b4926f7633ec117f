import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'
import { documentFiles, readDocument, root } from './markdown.ts'

const documents = documentFiles().map(readDocument)

/** Links of a document that lead nowhere in this repository. */
function dead (file: string, links: readonly string[]): string[] {
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false // elsewhere
    const [path = '', anchor] = link.split('#')
    const to = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)))
    if (to.startsWith('..') || !existsSync(join(root, to))) return true
    return anchor !== undefined && !documents.find((document) => document.file === to)?.headings.some((heading) => heading.anchor === anchor)
  })
}

test('every link between documents leads to a file that is there, and to a heading that it has', (t) => {
  for (const { file, links } of documents) t.deepEqual(dead(file, links), [], file)
  const wrong = ['nowhere.md', '../../etc/passwd', 'README.md#no-such-heading', '#no-such-heading']
  t.deepEqual(dead('README.md', [...wrong, 'README.md#the-agent', 'https://example.com']), wrong)
})

test('every document but the READMEs of the packages is named by the list of documents', (t) => {
  const named = readDocument('docs/README.md').links
  const guides = documents.map(({ file }) => file).filter((file) => /^docs\/(?!README)/.test(file)).map((file) => file.slice('docs/'.length))
  t.deepEqual(guides.filter((file) => !named.includes(file)), [])
})
