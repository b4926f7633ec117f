import { existsSync } from 'node:fs'
import test from 'ava'
import { reachable } from '../../server-plugins/storage/test/databases.ts'
import { commandsIn } from './commands.ts'
import { documentFiles, readDocument } from './markdown.ts'
import { elsewhere, needs, scenes } from './scenes.ts'
import { openShell } from './shell.ts'

/** A README in Portuguese has the commands of the one in English, as another test says. */
const documents = documentFiles().filter((file) => file !== 'README-PT.md').map((file) => ({ file, commands: commandsIn(readDocument(file).blocks) }))

for (const { file, commands } of documents) {
  const here = commands.filter(({ text }) => !elsewhere.some(({ commands }) => commands.test(text)))
  if (here.length === 0) continue
  const missing = (needs[file] ?? []).filter((name) => name.startsWith('/') ? !existsSync(name) : !reachable.some((kind) => kind === name))
  const declare = missing.length === 0 || process.env.CI === 'true' ? test.serial : test.serial.skip
  declare(`${file}: every command does what it says`, async (t) => {
    const { replaced, before, prints = false, fails = [] } = await scenes[file]?.(t) ?? {}
    const shell = await openShell(t, replaced)
    await before?.(shell)
    for (const { text, output } of here) {
      const { code, stdout, stderr } = await shell.run(text)
      const mayFail = fails.some((command) => text.startsWith(command))
      if (mayFail) t.true(code !== 0, `${text}\nsucceeds`)
      else t.true(code === 0 || code === undefined, `${text}\nends with ${code}: ${stdout}${stderr}`)
      if (prints && output !== '') t.regex(stdout + stderr, pattern(output.replaceAll('127.0.0.1:8040', `127.0.0.1:${shell.port}`)), text)
    }
  })
}

test('what is run elsewhere is still in the documents', (t) => {
  const all = documents.flatMap(({ commands }) => commands.map(({ text }) => text))
  for (const { commands } of elsewhere) t.true(all.some((text) => commands.test(text)), String(commands))
})

/** Text in which … stands for anything. */
function pattern (text: string): RegExp {
  return new RegExp(text.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?'))
}
