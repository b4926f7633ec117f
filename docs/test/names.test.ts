import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { commands } from '../../cli/src/commands/index.ts'
import { codeIn, documentFiles, readDocument, root } from './markdown.ts'

interface Flag { readonly env?: string, readonly allowNo?: boolean }

const documents = documentFiles().filter((file) => file !== 'CHANGELOG.md').map(readDocument)
/** The flags of each command by its name, `--no-start` as one of its own. */
const flagsOf = Object.fromEntries(Object.entries(commands).map(([name, command]) => {
  const flags = Object.entries(command.flags as Record<string, Flag>)
  return [name, Object.fromEntries(flags.flatMap(([flag, spec]) => [[flag, spec], ...spec.allowNo ? [[`no-${flag}`, {}]] : []])) as Record<string, Flag>]
}))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** Each call of the command line in a text, as words: up to the end of the line, or to what the shell takes for one. */
function callsIn (text: string): string[][] {
  const ends = /\s\||[;&<>)"\n`]|\s#|…/
  return [...text.matchAll(/(?<![\w/@.-]|-n |exec )tatuscan (?=[a-z-])/g)].map(({ index, 0: { length } }) => text.slice(index + length).split(ends)[0]!.trim().split(/\s+/))
}

/** What a call names that isn't there; `a|b` names both. */
function unknownIn ([first = '', second = '', ...rest]: string[]): string[] {
  if (first.startsWith('-')) return first === '--help' || first === '--version' ? [] : [first]
  const topic = `${first}:`
  const inTopic = Object.keys(flagsOf).filter((name) => name.startsWith(topic))
  if (inTopic.length > 0 && second === '') return [] // the whole topic
  const names = inTopic.length > 0 && (!(first in flagsOf) || inTopic.includes(topic + second)) ? second.split('|').map((part) => topic + part) : [first]
  const words = names[0]!.includes(':') ? rest : [second, ...rest]
  return names.flatMap((name) => {
    const flags = flagsOf[name]
    if (flags === undefined) return [name]
    const given = words.filter((word) => /^--./.test(word)).map((word) => word.slice(2).split('=')[0]!)
    return given.filter((flag) => !(flag in flags) && flag !== 'help').map((flag) => `${name} --${flag}`)
  })
}

test('every tatuscan command and flag that a document names is there', (t) => {
  let calls = 0
  for (const { file, blocks, code } of documents) {
    const texts = [...blocks.filter(({ language }) => ['sh', 'console'].includes(language)).map(({ text }) => text), ...code]
    for (const call of texts.flatMap(callsIn)) {
      calls++
      t.deepEqual(unknownIn(call), [], `${file}: tatuscan ${call.join(' ')}`)
    }
  }
  t.true(calls > 100)
  const unknown = (text: string) => callsIn(text).flatMap(unknownIn)
  t.deepEqual(unknown('npx tatuscan serve --hots 0.0.0.0 --port=1'), ['serve --hots'])
  t.deepEqual(unknown('tatuscan machines list|shew'), ['machines:shew'])
  t.deepEqual(unknown('tatuscan identity rest'), [], 'an argument, for all that is known')
  t.deepEqual(unknown('tatuscan tokens make --role viewer'), ['tokens:make'])
})

test('every flag that a document names by itself is one of some command', (t) => {
  const known = new Set([...Object.values(flagsOf).flatMap((flags) => Object.keys(flags)), 'help', 'version'])
  for (const { file, code } of documents) {
    const named = code.filter((text) => /^--[a-z]/.test(text)).map((text) => /^--([\w-]+)/.exec(text)![1]!)
    t.deepEqual(named.filter((flag) => !known.has(flag) && !others.has(flag)), [], file)
  }
})

/** Flags of others that documents speak of: of npm run fuzz, of Node.js, of docker run. */
const others = new Set(['count', 'seed', 'max-old-space-size', 'no-healthcheck'])

test('every npm script that a document names is there', (t) => {
  for (const { file, blocks, code } of documents) {
    const texts = [...blocks.filter(({ language }) => ['sh', 'console'].includes(language)).map(({ text }) => text), ...code]
    const named = texts.flatMap((text) => [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!))
    t.deepEqual(named.filter((name) => !(name in scripts)), [], file)
  }
})

/** The environment names that the code reads: by flags; by name, secrets by file too. */
function namesRead (): { flags: ReadonlySet<string>, byName: ReadonlySet<string> } {
  const byName = new Set<string>()
  for (const file of globSync(['core/src/**/*.ts', 'collectors/*/src/**/*.ts', 'server-plugins/*/src/**/*.ts', 'cli/src/**/*.ts'], { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, name] of text.matchAll(/\benv(?:ironment)?\.([A-Z][A-Z_]+)/g)) byName.add(name!)
    for (const [, list] of text.matchAll(/\{([^}]*)\} = process\.env\b/g)) for (const [name] of list!.matchAll(/\b[A-Z][A-Z_]+\b/g)) byName.add(name)
    for (const [, name] of text.matchAll(/\bsecret\('(\w+)'\)/g)) byName.add(name!).add(`${name}_FILE`)
  }
  return { flags: new Set(Object.values(flagsOf).flatMap((all) => Object.values(all).flatMap(({ env }) => env ?? []))), byName }
}

test('each flag is also the environment name that the README promises, but those that commands of four topics alone are told', (t) => {
  for (const [command, flags] of Object.entries(flagsOf)) {
    for (const [flag, { env }] of Object.entries(flags)) {
      if (env === undefined) t.regex(command, /^(machines|users|tokens|service):/, flag)
      else t.is(env, `TATUSCAN_${flag.toUpperCase().replaceAll('-', '_')}`, command)
    }
  }
})

test('every environment name in the README’s table is one that the code reads, and each that is no flag’s is told of somewhere', (t) => {
  const { flags, byName } = namesRead()
  const table = readDocument('README.md').tables.find((rows) => rows.some(([name]) => name === '`TATUSCAN_URL`'))!.flatMap(([name]) => codeIn(name!))
  t.deepEqual(table.filter((name) => !flags.has(name) && !byName.has(name)), [])
  const told = new Set(documents.flatMap(({ code }) => code))
  const system = /^(LOCALAPPDATA|PROGRAMDATA|XDG_\w+)$/
  t.deepEqual([...byName].filter((name) => !told.has(name) && !flags.has(name) && !system.test(name)).sort(), [])
})

test('every environment name of ours in a document is one that the code reads', (t) => {
  const { flags, byName } = namesRead()
  const codes = readFileSync(join(root, 'core/src/errors.ts'), 'utf8')
  for (const { file, blocks, code } of documents) {
    const texts = [...blocks.map(({ text }) => text), ...code]
    const named = texts.flatMap((text) => [...text.matchAll(/\b(TATUSCAN|SQLALCHEMY)_[A-Z_]+(?![\w*…<])|\bSECRET_KEY\w*/g)].map(([name]) => name))
    t.deepEqual(named.filter((name) => !flags.has(name) && !byName.has(name) && !codes.includes(name)), [], file)
  }
})
