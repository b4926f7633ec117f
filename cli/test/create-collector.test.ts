import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import ts from 'typescript'
import { createCollector } from '../src/create-collector.ts'
import { run } from './run.ts'

async function emptyFolder (t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-create-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  return folder
}

test('create collector makes a package whose test passes right after npm install, and which the agent takes', async (t) => {
  const folder = join(await emptyFolder(t), 'licence-server')
  const made = await run(['create', 'collector', 'licence-server', '--folder', folder, '--json'])
  t.is(made.code, 0, made.stderr)
  t.deepEqual(JSON.parse(made.stdout), { folder, files: ['package.json', 'README.md', 'src/index.ts', 'test/licence-server.test.ts'] })
  const shell = async (...[file, ...args]: [string, ...string[]]) => await promisify(execFile)(file, args, {
    cwd: folder, env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, CI: 'true' }
  })
  await shell('npm', 'install', '--no-audit', '--no-fund')
  const { stdout } = await shell('npm', 'test')
  t.regex(stdout, /7 tests passed/)
  const collected = JSON.parse((await run(['collect', '--json', '--collector', folder])).stdout)
  t.deepEqual(Object.keys(collected.facts['licence-server']), ['seconds'])
  t.is(collected.schemas['licence-server'].title, 'Licence server')
})

test('create collector overwrites nothing: a folder that holds something, and a file, are refused with 2 and stay', async (t) => {
  const folder = await emptyFolder(t)
  await writeFile(join(folder, 'mine'), 'mine')
  for (const occupied of [folder, join(folder, 'mine')]) {
    const { code, stdout, stderr } = await run(['create', 'collector', 'gpu', '--folder', occupied])
    t.deepEqual([code, stdout], [2, ''])
    t.regex(stderr, /is there already; choose another with --folder\n$/)
  }
  t.deepEqual(await readdir(folder), ['mine'])
  t.is(await readFile(join(folder, 'mine'), 'utf8'), 'mine')
  await mkdir(join(folder, 'empty'))
  t.is((await run(['create', 'collector', 'gpu', '--folder', join(folder, 'empty')])).code, 0)
})

test('create collector refuses names that no collector may have, or that one has already', async (t) => {
  const folder = join(await emptyFolder(t), 'x')
  for (const [name, message] of [['Gpu', /must be a letter followed by/], ['../gpu', /must be a letter/], ['a'.repeat(65), /must be a letter/], ['memory', /comes along/]] as const) {
    const { code, stderr } = await run(['create', 'collector', name, '--folder', folder])
    t.is(code, 2, name)
    t.regex(stderr, message)
  }
  t.is((await run(['create', 'collector'])).code, 2)
  t.regex((await run(['create', 'collector', '--help'])).stdout, /Make the package of a new collector[^]+--folder=FOLDER/)
})

test('whatever the name, the package is TypeScript without fault', async (t) => {
  const folder = await emptyFolder(t)
  for (const name of ['class', 'uptime', 'test', 'a', 'a-', 'gpu_2', 'x--y_', 'long-'.repeat(12), 'read']) {
    await createCollector({ name, folder: join(folder, name), taken: [] })
    for (const file of ['src/index.ts', `test/${name}.test.ts`]) {
      const text = await readFile(join(folder, name, file), 'utf8')
      const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true, compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2024 } })
      t.deepEqual(diagnostics!.map(({ messageText }) => messageText), [], `${name}: ${file}`)
    }
    const { default: factory } = await import(join(folder, name, 'src/index.ts')) as { default: () => { name: string } }
    t.is(factory().name, name)
  }
})

test('what the package is tested with is what TatuScan is', async (t) => {
  const folder = await emptyFolder(t)
  await createCollector({ name: 'gpu', folder, taken: [] })
  const { devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
  const root = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { devDependencies: Record<string, string> }
  const core = JSON.parse(await readFile(new URL('../../core/package.json', import.meta.url), 'utf8')) as { dependencies: Record<string, string> }
  t.deepEqual([devDependencies.ava, devDependencies.typebox], [root.devDependencies.ava, core.dependencies.typebox])
})
