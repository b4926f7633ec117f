import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { collectReport, createTrackRecord } from '@tatuscan/core'
import { defaultFactsDir, factsDir, type FactsDirOptions } from '../src/index.ts'

const script = (json: string) => `#!/bin/sh\necho '${json}'\n`
const asRoot = process.getuid?.() === 0 ? test : test.skip

async function folder (t: ExecutionContext, files: Record<string, string> = {}): Promise<string> {
  const dir = join(await mkdtemp(join(tmpdir(), 'tatuscan-facts-')), 'facts.d')
  t.teardown(async () => await rm(join(dir, '..'), { recursive: true }))
  await mkdir(dir)
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content, { mode: content.startsWith('#!') ? 0o755 : 0o644 })
  return dir
}

async function report (dir: string, { taken = ['memory'], ...options }: FactsDirOptions & { taken?: string[] } = {}) {
  const files = factsDir({ dir, ...options })
  const neighbour = { name: 'neighbour', schema: {}, collect: async () => ({ fine: true }) }
  const { facts: { neighbour: _, ...facts }, failures, schemas } = await collectReport({ collectors: async () => [neighbour, ...await files(taken)], timeoutMs: 30_000 })
  return { facts, schemas, told: Object.fromEntries(failures.map(({ collector, message }) => [collector, message])), codes: failures.map(({ code }) => code) }
}

test('executables and .json files become facts under their names; what is neither is passed over', async (t) => {
  const dir = await folder(t, {
    'gpu.sh': script('{"model":"RTX"}'),
    licence: script('{"key":1}'),
    'asset.json': '{"tag":"A-1"}',
    'README.md': 'words',
    'off.sh': 'echo {}',
    '.hidden.json': '{}',
    'old.json~': '{}'
  })
  await mkdir(join(dir, 'folder.json'))
  const { facts, told } = await report(dir)
  t.deepEqual(facts, { asset: { tag: 'A-1' }, gpu: { model: 'RTX' }, licence: { key: 1 } })
  t.deepEqual(told, {})
})

test('no folder, and an empty one, are no collectors and no failures', async (t) => {
  t.deepEqual(await factsDir({ dir: '/no/such/folder' })(), [])
  t.deepEqual(await factsDir({ dir: await folder(t) })(), [])
})

test('files come, change and go without a restart; one that stayed as it was stays the same collector', async (t) => {
  const dir = await folder(t, { 'a.json': '{"v":1}', 'b.json': '{}' })
  const files = factsDir({ dir })
  const [a, b] = await files()
  t.deepEqual((await files()).map((collector, index) => collector === [a, b][index]), [true, true])
  await rm(join(dir, 'b.json'))
  await writeFile(join(dir, 'new.json'), '{"v":2, "more": true}')
  await rename(join(dir, 'new.json'), join(dir, 'a.json'))
  await writeFile(join(dir, 'c.json'), '{}')
  const now = await files()
  t.deepEqual(now.map(({ name }) => name), ['a', 'c'])
  t.not(now[0], a)
})

test('a file that is repaired is tried at once, though it was paused', async (t) => {
  const dir = await folder(t, { 'gpu.sh': '#!/bin/sh\nexit 1\n', 'asset.json': '{}' })
  const files = factsDir({ dir })
  const trackRecord = createTrackRecord({ intervalMs: 60_000 })
  const report = async () => await collectReport({ collectors: files, trackRecord, timeoutMs: 30_000 })
  for (let made = 0; made < 3; made++) await report()
  t.is((await report()).failures[0]?.code, 'TATUSCAN_COLLECTOR_PAUSED')
  await writeFile(join(dir, 'gpu.sh'), script('{"repaired":true}'))
  t.deepEqual((await report()).facts.gpu, { repaired: true })
})

test('a schema beside a file gives its facts titles, and is held against them', async (t) => {
  const schema = { title: 'Graphics', type: 'object', properties: { vram: { type: 'integer', title: 'Memory', unit: 'MiB' } } }
  const dir = await folder(t, { 'gpu.sh': script('{"vram":8}'), 'gpu.schema.json': JSON.stringify(schema), 'bad.sh': script('{"vram":"8"}'), 'bad.schema.json': JSON.stringify(schema) })
  const { facts, schemas, told } = await report(dir)
  t.deepEqual(facts, { gpu: { vram: 8 } })
  t.deepEqual(schemas.gpu as object, schema)
  t.regex(told.bad!, /\/vram/)
})

test('a schema that is no JSON costs the row of its file; one that is too large is left out and said so', async (t) => {
  const dir = await folder(t, {
    'a.json': '{}', 'a.schema.json': '{', 'b.json': '{"v":1}', 'b.schema.json': JSON.stringify({ type: 'object', description: 'x'.repeat(20_000) })
  })
  const { facts, told, codes } = await report(dir)
  t.deepEqual(facts, { b: { v: 1 } })
  t.regex(told.a!, /a\.schema\.json is no JSON/)
  t.true(codes.includes('TATUSCAN_SCHEMA_TOO_LARGE'))
})

test('names that won’t do, are taken or come twice are told in one row, and the others stay', async (t) => {
  const dir = await folder(t, {
    'memory.sh': script('{}'), 'My File.sh': script('{}'), '1st.json': '{}', 'gpu.sh': script('{}'), 'gpu.json': '{}', 'facts-dir.json': '{}', 'fine.json': '{"a":1}'
  })
  await symlink('/no/such/file', join(dir, 'link.sh'))
  const { facts, told, codes } = await report(dir)
  t.deepEqual(facts, { fine: { a: 1 } })
  t.deepEqual(Object.keys(told), ['facts-dir'])
  t.deepEqual(codes, ['TATUSCAN_FACTS_FILE_REFUSED'])
  for (const part of [
    /memory\.sh: another collector is called memory: rename/, /My File\.sh: facts are named by/, /1st\.json: facts are/,
    /gpu\.json and gpu\.sh would all be called gpu/, /facts-dir\.json/, /link\.sh: .*ENOENT/
  ]) t.regex(told['facts-dir']!, part)
})

test('a folder of 150 files gives as many collectors as a report takes, and says which are left out', async (t) => {
  const dir = await folder(t, Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`f${String(index).padStart(3, '0')}.json`, '{"a":1}'])))
  const { facts, told } = await report(dir, { taken: ['one'] })
  t.is(Object.keys(facts).length, 98)
  t.regex(told['facts-dir']!, /^f098\.json: a report holds at most 100/)
})

for (const mode of [0o775, 0o757]) {
  test(`a file of mode ${mode.toString(8)} is refused in its own row, which says what to do`, async (t) => {
    const dir = await folder(t, { 'gpu.sh': script('{}'), 'fine.json': '{}' })
    await chmod(join(dir, 'gpu.sh'), mode)
    const { facts, told, codes } = await report(dir)
    t.deepEqual(facts, { fine: {} })
    t.deepEqual(codes, ['TATUSCAN_FACTS_FILE_REFUSED'])
    t.regex(told.gpu!, /gpu\.sh may be written by others \(mode 7\d\d\): chmod go-w \//)
  })

  test(`nothing in a folder of mode ${mode.toString(8)} is used, nor below one`, async (t) => {
    const dir = await folder(t, { 'gpu.sh': '#!/bin/sh\ntouch "$PWD/ran"; echo {}' })
    for (const place of [dir, join(dir, '..')]) {
      await chmod(place, mode)
      const { facts, told } = await report(dir)
      t.deepEqual(facts, {})
      t.regex(told['facts-dir']!, /nothing in .* is used: .* may be written by others/)
      await chmod(place, 0o755)
    }
    await t.throwsAsync(readFile(join(dir, 'ran')), { code: 'ENOENT' }, 'it was not even run')
  })
}

test('a symbolic link is as good as what it leads to', async (t) => {
  const elsewhere = await folder(t, { 'fine.sh': script('{"a":1}'), 'open.sh': script('{}') })
  await chmod(join(elsewhere, 'open.sh'), 0o777)
  const loose = await folder(t, { 'fine.sh': script('{}') })
  await chmod(loose, 0o777)
  const dir = await folder(t)
  await symlink(join(elsewhere, 'fine.sh'), join(dir, 'good'))
  await symlink(join(elsewhere, 'open.sh'), join(dir, 'open'))
  await symlink(join(loose, 'fine.sh'), join(dir, 'loose'))
  const { facts, told } = await report(dir)
  t.deepEqual(facts, { good: { a: 1 } })
  t.regex(told.open!, /open\.sh may be written by others/)
  t.regex(told.loose!, /facts\.d may be written by others/)
})

test('a schema that others may write is refused too', async (t) => {
  const dir = await folder(t, { 'gpu.json': '{}', 'gpu.schema.json': '{}' })
  await chmod(join(dir, 'gpu.schema.json'), 0o666)
  t.regex((await report(dir)).told.gpu!, /gpu\.schema\.json may be written by others/)
})

asRoot('a file or folder that belongs to another user is refused; the agent’s own user may own it', async (t) => {
  const dir = await folder(t, { 'gpu.json': '{"a":1}' })
  await chown(join(dir, 'gpu.json'), 12345, 12345)
  t.regex((await report(dir)).told.gpu!, /gpu\.json belongs to user 12345, who is neither root nor the agent's user: chown root/)
  t.deepEqual((await report(dir, { uid: 12345 })).facts, { gpu: { a: 1 } })
  await chown(dir, 12345, 12345)
  t.regex((await report(dir)).told['facts-dir']!, /facts\.d belongs to user 12345/)
})

test('a path that is no folder is told, not thrown', async (t) => {
  const dir = await folder(t, { 'gpu.json': '{}' })
  t.regex((await report(join(dir, 'gpu.json'))).told['facts-dir']!, /gpu\.json can't be read: ENOTDIR/)
})

test('the usual folder is where each system keeps what its administrator sets', (t) => {
  t.is(defaultFactsDir({ platform: 'linux' }), '/etc/tatuscan/facts.d')
  t.regex(defaultFactsDir({ platform: 'win32', env: { ProgramData: 'D:\\Data' } }), /^D:\\Data.TatuScan.facts\.d$/)
})

const withPipes = process.platform === 'win32' ? test.skip : test
withPipes('a pipe in the place of a schema costs the row of its file, and nothing waits for it', async (t) => {
  const dir = await folder(t, { 'gpu.json': '{}' })
  spawnSync('mkfifo', [join(dir, 'gpu.schema.json')])
  t.regex((await report(dir)).told.gpu!, /gpu\.schema\.json is no file/)
})

test('the regular expressions of a schema are not run, so that none can hang the agent; the rest of it holds', async (t) => {
  const text = `${'a'.repeat(60)}!`
  const schema = {
    type: 'object',
    required: ['pattern'],
    properties: { pattern: { type: 'string', pattern: '^(a+)+$' }, list: { items: { anyOf: [{ pattern: '^(a+)+$' }] } }, fixed: { const: { pattern: 'x' } } },
    patternProperties: { '^(a+)+$': { type: 'integer' } },
    propertyNames: { pattern: '^(a+)+$' },
    additionalProperties: false
  }
  const facts = { pattern: text, list: [text], fixed: { pattern: 'x' }, [text]: 'any' }
  const dir = await folder(t, {
    'good.json': JSON.stringify(facts), 'good.schema.json': JSON.stringify(schema), 'bad.json': JSON.stringify({ ...facts, pattern: 5 }), 'bad.schema.json': JSON.stringify(schema)
  })
  const told = await report(dir)
  t.deepEqual(told.facts, { good: facts })
  t.regex(told.told.bad!, /\/pattern/)
})
