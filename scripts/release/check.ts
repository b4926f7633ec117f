/**
 * `npm run release:check`: builds and packs every package, holds the packages against publint, are-the-types-wrong and our
 * own rule that every export is documented, installs the tarballs into empty folders on the oldest Node that is supported
 * and on the newest, without running anybody's install scripts, and uses them there as their users do. With `--sample`
 * the oldest Node alone, and what needs no more downloads.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { installAgent } from './agent.ts'
import { buildPackages, root } from './build.ts'
import { testExamples } from './examples.ts'
import { checkImage } from './image.ts'
import { packPackages } from './pack.ts'
import { publicModules, undocumented } from './undocumented.ts'

const oldest = '22.20.0'
const sample = process.argv.includes('--sample')
const work = mkdtempSync(join(tmpdir(), 'tatuscan-release-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

const packages = buildPackages()
const tarballs = packPackages(packages)
say(`packed ${tarballs.length} packages`)
const missing = undocumented(publicModules())
expect(missing.length === 0, `without a docstring: ${missing.join(', ')}`)
say('every export is documented')

if (!sample) checkForm()

const node22 = join(work, 'node')
mkdirSync(node22)
run('npm', ['install', '--no-save', `node@${oldest}`], { cwd: node22 })
await checkOn(join(node22, 'node_modules/node/bin'))
if (!sample) {
  await checkOn(join(root, 'node_modules/node/bin'))
  checkAgentAlone()
  await checkImage(mkdtempSync(join(work, 'image-')), join(root, 'node_modules/node/bin'))
  say('what the Dockerfile runs works, outside of a container')
}

/** What is told of packages by their look. */
function checkForm (): void {
  const tools = join(work, 'tools')
  mkdirSync(tools)
  run('npm', ['install', '--no-save', '--ignore-scripts', 'publint@0.3.15', '@arethetypeswrong/cli@0.18.5'], { cwd: tools })
  for (const tarball of tarballs) run(join(tools, 'node_modules/.bin/publint'), [tarball, '--strict'])
  say('publint has nothing to say')
  for (const tarball of tarballs) run(join(tools, 'node_modules/.bin/attw'), [tarball, '--profile', 'esm-only', '--no-emoji'])
  say('types resolve from ES modules')
}

async function checkOn (bin: string): Promise<void> {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, TATUSCAN_STATE_DIR: join(work, 'state'), TATUSCAN_DB_DIR: mkdtempSync(join(work, 'data-')) }
  const folder = mkdtempSync(join(work, 'whole-'))
  const node = (...args: string[]) => run(join(bin, 'node'), args, { cwd: folder, env })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  run('npm', ['install', '--ignore-scripts', ...tarballs], { cwd: folder, env })
  const version = node('--version').trim()
  const cli = join(folder, 'node_modules/tatuscan/bin/tatuscan.js')

  const report = JSON.parse(node(cli, 'collect', '--json')) as { facts: object, failures: unknown[] }
  expect(Object.keys(report.facts).sort().join() === 'cpu,memory,network,os' && report.failures.length === 0, `collect told ${JSON.stringify(report)}`)
  cpSync(join(root, 'server-plugins/storage/test/fixtures/original-sqlite.db'), join(folder, 'original.db'))
  const summary = JSON.parse(node(cli, 'import', 'sqlite:original.db', '--json')) as { created: number }
  expect(summary.created === 300, `import told ${JSON.stringify(summary)}`)

  const token = node(cli, 'tokens', 'create', '--role', 'viewer', '--local').trim()
  const server = spawn(join(bin, 'node'), [cli, 'serve', '--agent', '--port', '0'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    let url: string | undefined
    for await (const line of createInterface(server.stderr)) if ((url = /TatuScan is at (http:\/\/\S+?)[ "]/.exec(line)?.[1]) !== undefined) break
    const ask = async (path: string) => await fetch(new URL(path, `${url}/`), { headers: { authorization: `Bearer ${token}` } })
    for (const page of ['/', '/report', '/charts', '/api/machines?limit=1', '/api/health', '/openapi.json']) {
      const { status } = await ask(page)
      expect(status === 200, `${page} answered ${status}`)
    }
    const { status } = await fetch(`${url}/api/machines?limit=1`)
    expect(status === 401, `without a token it answered ${status}`)
    const html = await (await ask('/')).text()
    for (const [, link] of html.matchAll(/(?:href|src)="([^"]+\.(?:css|js|svg)[^"]*)"/g)) expect((await ask(link!)).ok, `${link} is missing`)
    expect(await until(async () => (await (await ask('/api/machines?limit=1')).json() as { count: number }).count === 301), 'the local agent’s report did not arrive')
  } finally {
    server.kill('SIGTERM')
    await once(server, 'close')
  }

  writeFileSync(join(folder, 'mount.js'), `import Fastify from 'fastify'
import { storage } from '@tatuscan/server-storage'
import { ingest } from '@tatuscan/server-ingest'
import { views } from '@tatuscan/server-views'
import { recordedMachine } from '@tatuscan/core/testing'
import { network } from '@tatuscan/collector-network'
const app = Fastify()
await app.register(storage, { url: 'sqlite:mounted.db' })
await app.register(ingest, { prefix: '/fleet' })
await app.register(views, { prefix: '/fleet' })
console.log((await app.inject('/fleet/')).statusCode)
await app.close()
const { root, platform, os } = recordedMachine('laptop')
console.log((await network({ root, platform, os }).collect({ signal: AbortSignal.timeout(5000) })).physical_macs.length > 0)
`)
  // the conformance suites import AVA's types alone, so that the mount runs without it
  const mounted = node('mount.js').trim().split('\n').join(' ')
  expect(mounted === '200 true', `a mount into a plain Fastify application told ${mounted}`)

  node(cli, 'create', 'collector', 'fan')
  const made = join(folder, 'tatuscan-collector-fan')
  run('npm', ['install', '--ignore-scripts', ...tarballs.filter((file) => file.includes('tatuscan-core-'))], { cwd: made, env })
  expect(/7 tests passed/.test(run('npm', ['test'], { cwd: made, env })), 'the test of a new collector fails')
  expect(/^Fan$/m.test(node(cli, 'collect', '--collector', made)), 'a new collector is not collected')
  say(`on Node ${version}: collect, import, serve, the pages, a mount and a new collector work`)
  say(`on Node ${version}: ${testExamples(folder, env)}`)
}

/** What an agent takes that needs no server. */
function checkAgentAlone (): void {
  const { cli, bytes, unwanted } = installAgent(tarballs, mkdtempSync(join(work, 'agent-')))
  expect(unwanted.length === 0, `${unwanted.join(', ')} came along`)
  const megabytes = bytes / 1e6
  expect(megabytes <= 40, `the agent takes ${megabytes.toFixed(1)} MB`)
  run('node', [cli, 'collect', '--json'], { env: { ...process.env, TATUSCAN_STATE_DIR: join(work, 'state') } })
  say(`an agent alone takes ${megabytes.toFixed(1)} MB`)
}

async function until (holds: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (await holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return false
}

function run (file: string, args: readonly string[], options: { cwd?: string, env?: NodeJS.ProcessEnv } = {}): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e8, ...options })
}

function expect (holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

function say (what: string): void {
  console.log(`release: ${what}`)
}
