import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { testCollector } from '@tatuscan/core/testing'
import { disk } from '../src/index.ts'

testCollector(test, {
  make: () => disk(),
  makeAbsent: () => disk({ path: '/no/such/folder' }),
  makeBroken: () => disk({ path: '/proc/version/nothing' })
})

const cli = fileURLToPath(new URL('../../../cli/bin/tatuscan.js', import.meta.url))
const example = fileURLToPath(new URL('..', import.meta.url))

async function collect (...flags: string[]): Promise<any> {
  return JSON.parse((await promisify(execFile)(process.execPath, [cli, 'collect', '--json', ...flags])).stdout)
}

test('the agent takes it by --collector PATH, and tells what df tells', async (t) => {
  const { facts: { disk: told }, schemas } = await collect('--collector', example)
  const { stdout } = await promisify(execFile)('df', ['--block-size=1M', '--output=size', '/'])
  t.is(told.path, '/')
  t.true(Math.abs(told.total_mb - Number(stdout.split('\n')[1])) <= 1, `${told.total_mb}, df: ${stdout}`)
  t.true(told.free_mb <= told.total_mb)
  t.is(schemas.disk.properties.total_mb.title, 'Size')
})

test('the agent takes it by configuration, as a value with options', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-disk-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const config = join(folder, 'tatuscan.config.ts')
  const module = new URL('../src/index.ts', import.meta.url).href
  await writeFile(config, `import { disk } from ${JSON.stringify(module)}\nexport default { collectors: [disk({ path: ${JSON.stringify(folder)} })] }\n`)
  const { facts } = await collect('--config', config)
  t.is(facts.disk.path, folder)
})
