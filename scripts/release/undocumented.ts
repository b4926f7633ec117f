/**
 * What the packages export without a docstring.
 *
 * Usage: node scripts/release/undocumented.ts
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { root } from './build.ts'

interface Manifest { readonly name: string, readonly private?: boolean, readonly exports: Record<string, string> }

/** Every export of these modules that says nothing about itself, as `package: name (file:line)`. */
export function undocumented (modules: readonly { readonly name: string, readonly file: string }[]): string[] {
  const program = ts.createProgram(modules.map(({ file }) => file), {
    module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2024, allowImportingTsExtensions: true, noEmit: true, skipLibCheck: true, types: ['node']
  })
  const checker = program.getTypeChecker()
  return modules.flatMap(({ name, file }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)
    if (module === undefined) throw new Error(`${file} exports nothing`)
    return checker.getExportsOfModule(module).flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      if (symbol.getDocumentationComment(checker).length > 0) return []
      const [declaration] = symbol.declarations ?? []
      const source = declaration?.getSourceFile()
      if (declaration === undefined || source === undefined || source.fileName.includes('/node_modules/')) return [] // another's, told where it is from
      if (exported.name === 'default' && ts.isExportAssignment(declaration)) return []
      const line = source.getLineAndCharacterOfPosition(declaration.getStart()).line + 1
      return [`${name}: ${exported.name} (${relative(root, source.fileName)}:${line})`]
    })
  })
}

/** The modules that the packages are imported by. */
export function publicModules (): { name: string, file: string }[] {
  return globSync(['core', 'collectors/*', 'server-plugins/*', 'cli'], { cwd: root }).sort().filter((folder) => existsSync(join(root, folder, 'package.json'))).flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
    if (manifest.private) return []
    return Object.entries(manifest.exports).filter(([, file]) => file.endsWith('.ts'))
      .map(([entry, file]) => ({ name: join(manifest.name, entry), file: join(root, folder, file) }))
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const missing = undocumented(publicModules())
  for (const line of missing) console.error(line)
  console.error(missing.length === 0 ? 'Every export is documented' : `${missing.length} exports have no docstring`)
  process.exitCode = missing.length === 0 ? 0 : 1
}
