/**
 * Fails when a package reaches where the design says it may not, or imports what its package.json doesn't name.
 * Arrows between packages point one way: core ← collectors, server plugins ← cli, examples.
 *
 * Usage: node scripts/check-imports.ts [folder of the repository]
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

interface Rule {
  /** The package folders that this is about. */
  readonly folders: RegExp
  /** What their source may import of ours, and of frameworks. */
  readonly allowed: RegExp
  /** What their source may import by `import type` alone. */
  readonly types?: RegExp
}

const ours = /^(@tatuscan\/|tatuscan$)/
const framework = /^(fastify|@fastify\/|fastify-plugin|@mikro-orm\/|kysely|@oclif\/|eta|ava)/

const rules: readonly Rule[] = [
  { folders: /^core$/, allowed: /^$/ },
  { folders: /^collectors\/[^/]+$/, allowed: /^@tatuscan\/core$/ },
  { folders: /^server-plugins\/storage$/, allowed: /^(@tatuscan\/core|fastify|fastify-plugin|@mikro-orm\/.+|kysely)$/ },
  { folders: /^server-plugins\/[^/]+$/, allowed: /^(@tatuscan\/core|fastify|fastify-plugin|@fastify\/.+|eta)$/, types: /^@tatuscan\/server-storage$/ },
  { folders: /^(cli|examples\/[^/]+)$/, allowed: /./ }
]

const root = resolve(process.argv[2] ?? '.')
const packages = globSync(['core', 'collectors/*', 'server-plugins/*', 'cli', 'examples/*'], { cwd: root })
  .map((folder) => folder.replaceAll('\\', '/')).filter((folder) => existsSync(join(root, folder, 'package.json')))
const problems = packages.flatMap(checkPackage)
for (const problem of problems) console.error(problem)
console.error(problems.length === 0 ? `Imports are as the design has them, in ${packages.length} packages` : `${problems.length} imports are wrong`)
process.exitCode = problems.length === 0 ? 0 : 1

function checkPackage (folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>
  const named = new Set(['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) => Object.keys(manifest[kind] ?? {})))
  const rule = rules.find(({ folders }) => folders.test(folder))!
  return globSync('{src,bin}/**/*.{ts,js}', { cwd: join(root, folder) }).flatMap((file) => {
    const path = join(root, folder, file)
    return importsOf(path).flatMap(({ specifier, typeOnly, line }) => {
      const wrong = why(specifier, typeOnly, { path, folder: join(root, folder), rule, named, self: String(manifest.name) })
      return wrong === undefined ? [] : [`${relative(root, path)}:${line}: ${specifier}: ${wrong}`]
    })
  })
}

interface Place { readonly path: string, readonly folder: string, readonly rule: Rule, readonly named: ReadonlySet<string>, readonly self: string }

function why (specifier: string, typeOnly: boolean, { path, folder, rule, named, self }: Place): string | undefined {
  if (specifier.startsWith('.')) return resolve(dirname(path), specifier).startsWith(folder + '/') ? undefined : 'reaches out of its package; import it by name'
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return undefined
  const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  if (name === self) return 'imports itself by name'
  const guarded = ours.test(name) || framework.test(name)
  if (guarded && typeOnly && rule.types?.test(name)) return undefined
  if (guarded && !rule.allowed.test(name)) return rule.types?.test(name) ? 'may be imported by `import type` alone' : 'may not be imported here'
  return named.has(name) ? undefined : 'is not among the dependencies in package.json'
}

function importsOf (path: string): { specifier: string, typeOnly: boolean, line: number }[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: { specifier: string, typeOnly: boolean, line: number }[] = []
  const add = (node: ts.Node, literal: ts.Node | undefined, typeOnly: boolean) => {
    if (literal === undefined || !ts.isStringLiteral(literal)) return
    found.push({ specifier: literal.text, typeOnly, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node, node.arguments[0], false)
    else if (ts.isImportTypeNode(node)) add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
