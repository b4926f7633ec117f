/**
 * `npm run release:publish`: builds the packages and publishes those whose version the registry lacks, by lerna.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildPackages, releaseFolder, root, type BuiltPackage } from './build.ts'

/** Run by npx at a pinned version: its binaries of other platforms would keep the lockfile from being complete. */
export const lerna = ['--yes', 'lerna@10.1.1'] as const

/** Publishes what was built, as it was built: the release's folder is a workspace of its own to lerna. */
export async function publishFrom (packages: readonly BuiltPackage[], flags: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'lerna.json'), 'utf8')) as { version: string }
  const folders = packages.map(({ folder }) => relative(releaseFolder, folder))
  writeFileSync(join(releaseFolder, 'lerna.json'), JSON.stringify({ version, packages: folders }))
  writeFileSync(join(releaseFolder, 'package.json'), JSON.stringify({ name: 'tatuscan-release', private: true, workspaces: folders }))
  const child = spawn('npx', [...lerna, 'publish', 'from-package', '--yes', '--no-git-reset', '--loglevel', 'warn', ...flags], { cwd: releaseFolder, env, stdio: ['inherit', 'ignore', 'inherit'] })
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) throw new Error(`lerna ended with ${code}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await publishFrom(buildPackages(), process.argv.slice(2), process.env)
