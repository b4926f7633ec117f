import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { commandsIn } from './commands.ts'
import { readDocument, root } from './markdown.ts'

const { blocks } = readDocument('CONTRIBUTING.md')
const code = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text)

/** A copy of this checkout, whose packages are those of the copy, and whose dependencies are this one's. */
function copy (t: ExecutionContext): string {
  const to = mkdtempSync(join(tmpdir(), 'tatuscan-recipe-'))
  t.teardown(() => rmSync(to, { recursive: true, force: true }))
  for (const name of ['core', 'collectors', 'server-plugins', 'cli', 'examples', 'package.json', 'ava.config.js']) {
    cpSync(join(root, name), join(to, name), { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('/node_modules') })
  }
  link('', to)
  return to
}

function link (folder: string, to: string): void {
  mkdirSync(join(to, 'node_modules', folder), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules', folder))) {
    const entry = join('node_modules', folder, name)
    if (folder === '' && name.startsWith('@')) link(name, to)
    else symlinkSync(inCopy(realpathSync(join(root, entry)), to), join(to, entry))
  }
}

/** Where a package of ours lies in the copy; what is another's stays where it is. */
function inCopy (path: string, to: string): string {
  const place = relative(root, path)
  return place.startsWith('node_modules') ? path : join(to, place)
}

/** Follows a block of commands; what `npm install` does there, which is to link the new package, is done without the registry. */
async function follow (folder: string, starts: string, made: string, change: (manifest: string) => string): Promise<void> {
  for (const { text } of commandsIn(blocks.filter((block) => block.text.startsWith(starts)))) {
    if (text !== 'npm install') await promisify(execFile)('/bin/bash', ['-c', text], { cwd: folder })
  }
  linkMade(folder, made, change)
}

function linkMade (folder: string, made: string, change: (manifest: string) => string): void {
  const file = join(folder, made, 'package.json')
  const manifest = change(readFileSync(file, 'utf8'))
  writeFileSync(file, manifest)
  symlinkSync(join(folder, made), join(folder, 'node_modules', (JSON.parse(manifest) as { name: string }).name))
}

function write (folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), `${text}\n`)
}

async function passes (t: ExecutionContext, folder: string, files: string): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'node_modules/ava/entrypoints/cli.js'), '--tap', files], { cwd: folder })
  t.regex(stdout, /^# fail 0$/m)
  t.true(Number(/^# pass (\d+)$/m.exec(stdout)?.[1]) >= 1, stdout)
}

test.serial('who follows “Add a collector” has a collector whose test passes and which the agent takes by its name', async (t) => {
  const folder = copy(t)
  await follow(folder, 'mkdir -p collectors/uptime', 'collectors/uptime', (manifest) => manifest.replaceAll('collector-memory', 'collector-uptime'))
  write(folder, 'collectors/uptime/src/index.ts', code[0]!)
  write(folder, 'collectors/uptime/test/uptime.test.ts', code[1]!)
  await passes(t, folder, 'collectors/uptime/**')
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'cli/bin/tatuscan.js'), 'collect', '--collector', 'uptime'], { env: { ...process.env, TATUSCAN_STATE_DIR: folder } })
  t.regex(stdout, /\nUptime\n {2}Running for {2}\d+ s\n$/)
})

test.serial('who follows “Add a server plugin” has a plugin whose test passes', async (t) => {
  const folder = copy(t)
  cpSync(join(folder, 'server-plugins/ingest/package.json'), join(folder, 'server-plugins/silent/package.json'))
  write(folder, 'server-plugins/silent/src/index.ts', code[2]!)
  write(folder, 'server-plugins/silent/test/silent.test.ts', code[3]!)
  linkMade(folder, 'server-plugins/silent', (manifest) => manifest.replaceAll('server-ingest', 'server-silent'))
  await passes(t, folder, 'server-plugins/silent/**')
})

test.serial('who follows “Add a store” begins with one that keeps what a store promises', async (t) => {
  const folder = copy(t)
  await follow(folder, 'cp -r examples/in-memory-store', 'examples/my-store', (manifest) => manifest.replaceAll('tatuscan-example-in-memory-store', 'my-store'))
  await passes(t, folder, 'examples/my-store/**')
})
