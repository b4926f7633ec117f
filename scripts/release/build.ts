/**
 * Builds the packages as they are published, each in a folder below `.release/`: JavaScript and types in `dist`, which
 * mirrors `src`, and a package.json that names them. The sources stay as they are. What an agent loads is bundled, each
 * package by itself, so that whoever imports one has the same as the agent.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, importedFromDist } from './bundle.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const releaseFolder = join(root, '.release')

export interface BuiltPackage {
  readonly name: string
  readonly folder: string
}

interface Manifest {
  name: string
  exports: Record<string, string>
  files: string[]
  devDependencies?: object
  oclif?: { commands: { target: string } }
  [key: string]: unknown
}

/** @returns the packages, in the order of their folders */
export function buildPackages (): BuiltPackage[] {
  rmSync(releaseFolder, { recursive: true, force: true })
  const emitted = join(releaseFolder, '.emitted')
  emit(emitted)
  return globSync(['core', 'collectors/*', 'server-plugins/*', 'cli'], { cwd: root }).filter((folder) => existsSync(join(root, folder, 'package.json'))).sort()
    .map((folder) => buildPackage(folder, emitted))
}

/** JavaScript and types of all packages, by the compiler: what Node strips, it strips. */
function emit (outDir: string): void {
  const config = join(releaseFolder, 'tsconfig.json')
  mkdirSync(releaseFolder, { recursive: true })
  writeFileSync(config, JSON.stringify({
    extends: '../tsconfig.json',
    compilerOptions: { noEmit: false, declaration: true, rewriteRelativeImportExtensions: true, outDir, rootDir: root },
    include: ['core', 'collectors/*', 'server-plugins/*', 'cli'].map((folder) => `../${folder}/src`),
    exclude: ['../**/node_modules']
  }))
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the packages could not be compiled')
}

function buildPackage (folder: string, emitted: string): BuiltPackage {
  const from = join(root, folder)
  const to = join(releaseFolder, folder)
  cpSync(join(emitted, folder, 'src'), join(to, 'dist'), { recursive: true })
  for (const file of globSync('**/*.d.ts', { cwd: join(to, 'dist') })) rewrite(join(to, 'dist', file), namesOfTypes)
  const links: Record<string, string> = {}
  for (const entry of readdirSync(join(from, 'src'), { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name)
    const file = relative(join(from, 'src'), source)
    const inMachines = relative('testing/machines', file)
    if (Object.keys(links).some((link) => inMachines.startsWith(link + sep))) continue // the listing goes on behind links
    if (entry.isSymbolicLink()) links[inMachines] = readlinkSync(source)
    else if (entry.isFile() && !file.endsWith('.ts')) cpSync(source, join(to, 'dist', file))
  }
  // npm leaves symbolic links out of a package; core's recorded machines make them again
  if (Object.keys(links).length > 0) writeFileSync(join(to, 'dist/testing/machines/links.json'), JSON.stringify(links))
  for (const name of ['README.md', 'report.schema.json', 'bin']) if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name), { recursive: true })
  cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'))
  for (const file of globSync('bin/*.js', { cwd: to })) rewrite(join(to, file), (text) => text.replaceAll(/'\.\.\/src\/([^']+)\.ts'/g, "'../dist/$1.js'"))

  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest
  const { devDependencies: _, ...released } = manifest
  released.files = manifest.files.filter((name) => name !== 'src')
  released.exports = Object.fromEntries(Object.entries(manifest.exports).map(([name, target]) => [name, exported(target)])) as Manifest['exports']
  if (released.oclif !== undefined) released.oclif.commands.target = inDist(released.oclif.commands.target)
  released.publishConfig = { access: 'public' } // npm takes a new scoped package for a private one
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(released, undefined, 2)}\n`)
  if (!folder.startsWith('server-plugins')) bundle(join(to, 'dist'), entriesOf(to, manifest))
  return { name: manifest.name, folder: to }
}

/** The modules of a package that are imported, or run, from outside of it. */
function entriesOf (to: string, manifest: Manifest): string[] {
  const named = [...Object.values(manifest.exports), manifest.oclif?.commands.target ?? ''].map(inDist).filter((target) => target.endsWith('.js'))
  const imported = globSync('bin/*.js', { cwd: to }).flatMap((script) => importedFromDist(join(to, script)))
  const processes = globSync('isolated/host.js', { cwd: join(to, 'dist') })
  return [...named.map((target) => target.replace('./dist/', '')), ...imported, ...processes].map((file) => file.replace(/\.js$/, ''))
}

function exported (target: string): unknown {
  return target.endsWith('.ts') ? { types: inDist(target).replace(/\.js$/, '.d.ts'), default: inDist(target) } : target
}

function inDist (target: string): string {
  return target.replace('./src/', './dist/').replace(/\.ts$/, '.js')
}

/** The compiler leaves relative names as they were in types. */
function namesOfTypes (text: string): string {
  return text.replaceAll(/((?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2')
}

function rewrite (file: string, change: (text: string) => string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}
