import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'

const script = fileURLToPath(new URL('../check-imports.ts', import.meta.url))

/** Runs the check on a repository that holds one source file. */
async function check (t: ExecutionContext, folder: string, source: string): Promise<{ status: number | null, stderr: string }> {
  const root = await mkdtemp(join(tmpdir(), 'tatuscan-imports-'))
  t.teardown(async () => await rm(root, { recursive: true }))
  const file = join(root, folder, 'src', 'index.ts')
  await mkdir(dirname(file), { recursive: true })
  const dependencies = Object.fromEntries(['@tatuscan/core', '@tatuscan/server-storage', '@mikro-orm/core', 'fastify', 'kysely'].map((name) => [name, '1.0.0']))
  await writeFile(join(root, folder, 'package.json'), JSON.stringify({ name: 'checked', dependencies }))
  await writeFile(file, source)
  const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
  return { status, stderr }
}

for (const [folder, source, what] of [
  ['core', "import Fastify from 'fastify'", 'core imports a framework'],
  ['core', "import type { FastifyInstance } from 'fastify'", 'core imports a framework’s types'],
  ['collectors/gpu', "import { memory } from '@tatuscan/collector-memory'", 'one collector imports another'],
  ['collectors/gpu', "await import('fastify')", 'a collector imports a framework when it runs'],
  ['server-plugins/ingest', "import { storage } from '@tatuscan/server-storage'", 'a route plugin imports the storage’s values'],
  ['server-plugins/views', "export { sql } from 'kysely'", 'a route plugin reaches the database'],
  ['server-plugins/api', "import { MikroORM } from '@mikro-orm/core'", 'MikroORM is seen outside of storage'],
  ['collectors/gpu', "import { limits } from '../../../core/src/limits.ts'", 'a package reaches into another’s folder'],
  ['cli', "import chalk from 'chalk'", 'a package imports what its package.json does not name']
] as const) {
  test(`it fails when ${what}`, async (t) => {
    const { status, stderr } = await check(t, folder, source)
    t.is(status, 1)
    t.regex(stderr, new RegExp(`^${folder}/src/index\\.ts:1: `))
  })
}

for (const [folder, source, what] of [
  ['server-plugins/ingest', "import type {} from '@tatuscan/server-storage'", 'a route plugin imports the storage’s types alone'],
  ['server-plugins/storage', "import { MikroORM } from '@mikro-orm/core'", 'storage imports MikroORM'],
  ['collectors/gpu', "import { TatuScanError } from '@tatuscan/core'\nimport { readFile } from 'node:fs/promises'", 'a collector imports core and Node'],
  ['cli', "import Fastify from 'fastify'", 'the command line imports a framework']
] as const) {
  test(`it passes when ${what}`, async (t) => {
    t.is((await check(t, folder, source)).status, 0)
  })
}
