/**
 * `npm run release:dry-run`: what a release would do, by the same commands, and without a trace: version and changelog in a
 * clone that is thrown away, the publishing to a registry of this process. Nothing is tagged, pushed or published.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildPackages, root } from './build.ts'
import { lerna, publishFrom } from './publish.ts'
import { openRegistry } from './registry.ts'

const work = mkdtempSync(join(tmpdir(), 'tatuscan-dry-run-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

async function run (file: string, args: readonly string[], cwd: string): Promise<string> {
  return (await promisify(execFile)(file, args, { cwd, maxBuffer: 1e8 })).stdout
}

if (await run('git', ['status', '--porcelain'], root) !== '') throw new Error('a release is of what is committed: commit or stash the rest first')
const clone = join(work, 'clone')
await run('git', ['clone', '--quiet', root, clone], work)
await run('git', ['config', 'user.name', 'dry run'], clone)
await run('git', ['config', 'user.email', 'dry-run@example.com'], clone)
await run('npx', [...lerna, 'version', '--yes', '--no-push', '--loglevel', 'warn'], clone)
const { version } = JSON.parse(readFileSync(join(clone, 'lerna.json'), 'utf8')) as { version: string }
console.log(`version: would be ${version}, tagged ${(await run('git', ['tag', '--points-at', 'HEAD'], clone)).trim()}, with`)
console.log((await run('git', ['show', '--stat=100', '--format=%s', 'HEAD'], clone)).trim())
const [, entry] = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8').split(/^(?=##? \[?\d)/m)
console.log(`changelog: would begin with\n${entry!.split('\n').slice(0, 15).join('\n')}\n…`)

const registry = await openRegistry()
try {
  writeFileSync(join(work, '.npmrc'), `//${new URL(registry.url).host}/:_authToken=nobody\n`)
  const packages = buildPackages()
  await publishFrom(packages, ['--registry', `${registry.url}/`], { ...process.env, npm_config_userconfig: join(work, '.npmrc') })
  for (const { name, version, access, bytes } of registry.published) console.log(`publish: ${name}@${version}, ${access}, ${Math.round(bytes / 1000)} kB`)
  if (registry.published.filter(({ access }) => access === 'public').length !== packages.length) throw new Error(`${registry.published.length} of ${packages.length} packages would be published`)
} finally {
  registry.close()
}
