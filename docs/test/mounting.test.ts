import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { readDocument, root } from './markdown.ts'

test('each example of docs/mounting.md prints what stands below it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-mounting-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const { blocks } = readDocument('docs/mounting.md')
  const examples = blocks.flatMap(({ language, text }, index) => language === 'js' ? [{ code: text, output: blocks[index + 1]! }] : [])
  t.is(examples.length, 5)
  for (const { code, output } of examples) {
    t.is(output.language, 'text')
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder })
    t.is(stdout.trimEnd(), output.text, code)
  }
})
