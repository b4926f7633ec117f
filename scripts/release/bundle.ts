import { globSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildSync } from 'esbuild-wasm'

/**
 * Makes few files of a package's many: what is imported together comes together, and what is imported later stays apart.
 * Finding and opening a hundred files takes Node longer than a whole report. Names and lines stay readable, and the
 * types stay as they were.
 *
 * @param dist the folder of its JavaScript
 * @param entries what is imported, or run, from outside: names in that folder, without `.js`; these files stay where they are
 */
export function bundle (dist: string, entries: readonly string[]): void {
  const out = mkdtempSync(join(dirname(dist), 'bundled-'))
  buildSync({
    absWorkingDir: dist, // esbuild names modules in comments from here
    entryPoints: entries.map((name) => join(dist, `${name}.js`)),
    outbase: dist,
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.20',
    packages: 'external',
    logLevel: 'warning'
  })
  for (const file of globSync('**/*.js', { cwd: dist })) rmSync(join(dist, file))
  for (const file of globSync('**/*.js', { cwd: out })) renameSync(join(out, file), join(dist, file))
  rmSync(out, { recursive: true })
}

/** The modules that a script of a package's `bin` imports from its `dist`. */
export function importedFromDist (script: string): string[] {
  return [...readFileSync(script, 'utf8').matchAll(/'\.\.\/dist\/([^']+)'/g)].map(([, name]) => name!)
}
