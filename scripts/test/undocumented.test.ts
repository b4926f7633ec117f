import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { undocumented } from '../release/undocumented.ts'

test('an export without a docstring is told by package, name and line, also where it comes from another file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-undocumented-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'inner.ts'), '/** Told. */\nexport interface Told { readonly a: string }\n\nexport interface Untold { readonly a: string }\n')
  await writeFile(join(folder, 'index.ts'), `export type { Told, Untold } from './inner.ts'
/** @param a says nothing of the whole */
export function half (a: string): string { return a }
/** Whole. */
export const whole = 1
export default whole
`)
  const missing = undocumented([{ name: 'sample', file: join(folder, 'index.ts') }])
  t.deepEqual(missing.map((line) => line.replace(/\(.*\//, '(')).sort(), ['sample: Untold (inner.ts:4)', 'sample: half (index.ts:3)'])
})
