/**
 * Runs the examples' own tests against the installed packages, as whoever copies an example has them: nothing of the
 * checkout is within their reach.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './build.ts'

/**
 * @param folder where the packages are installed @param env with the Node to run on first in its PATH
 * @returns what AVA sums up
 */
export function testExamples (folder: string, env: NodeJS.ProcessEnv): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
  execFileSync('npm', ['install', '--no-save', '--ignore-scripts', `ava@${devDependencies.ava}`], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  for (const manifest of globSync('examples/*/package.json', { cwd: root })) cpSync(join(root, dirname(manifest)), join(folder, dirname(manifest)), { recursive: true, filter: (name) => !name.endsWith('/node_modules') })
  symlinkSync('node_modules/tatuscan', join(folder, 'cli')) // the tests know the command line by its place in the tree
  writeFileSync(join(folder, 'ava.config.js'), "export default { files: ['examples/*/test/*.test.ts'], extensions: ['ts'], timeout: '3m' }\n")
  const told = execFileSync(join(folder, 'node_modules/.bin/ava'), ['--tap'], { cwd: folder, env, encoding: 'utf8', maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'inherit'] })
  const passed = Number(/^# pass (\d+)$/m.exec(told)?.[1] ?? 0)
  const skipped = Number(/^# skip (\d+)$/m.exec(told)?.[1] ?? 0)
  if (passed < 20 || skipped > 0) throw new Error(`the examples' tests told ${told}`)
  return `${passed} tests of the examples pass`
}
