import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { collectReport, type Collector } from '../src/index.ts'
import { childEnvironment, isolated, type IsolatedOptions } from '../src/isolated/index.ts'
import { testCollector } from '../src/testing/index.ts'

const schema = { title: 'Sample', type: 'object', required: ['answer'], properties: { answer: { type: 'integer', title: 'Answer' } } }
const neighbour: Collector = { name: 'neighbour', schema: { type: 'object' }, collect: async () => ({ fine: true }) }

/** A module of a collector called sample, whose `collect` has this body. */
const sample = (body: string, before = '') => `
  import { spawn } from 'node:child_process'
  import fs from 'node:fs'
  ${before}
  export default () => ({ name: 'sample', schema: ${JSON.stringify(schema)}, async collect ({ signal }) { ${body} } })`

async function moduleOf (t: ExecutionContext, code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-isolated-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const file = join(folder, 'sample.mjs')
  await writeFile(file, code)
  return file
}

async function load (t: ExecutionContext, code: string, options: IsolatedOptions = {}): Promise<Collector> {
  return await isolated(await moduleOf(t, code), { loadTimeoutMs: 30_000, onOutput: () => {}, ...options })
}

const timeoutMs = 20_000

async function report (collector: Collector, within = timeoutMs) {
  const { facts, failures } = await collectReport({ collectors: [neighbour, collector], timeoutMs: within })
  return { facts, failures }
}

const folders: string[] = []
test.after.always(async () => { for (const folder of folders) await rm(folder, { recursive: true }) })

// The suite wants collectors at once, before there is a folder to put a module in.
testCollector(test, {
  make: () => ({ name: 'isolated', schema, collect: async (context) => await (await own()).collect(context) }),
  makeBroken: () => ({ name: 'isolated', schema, collect: async (context) => await (await own('throw new Error("broken")')).collect(context) }),
  makeAbsent: () => ({ name: 'isolated', schema, collect: async (context) => await (await own('')).collect(context) }),
  timeoutMs: 60_000
})

async function own (body = 'return { answer: 42 }'): Promise<Collector> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-isolated-'))
  folders.push(folder)
  await writeFile(join(folder, 'sample.mjs'), sample(body))
  return await isolated(join(folder, 'sample.mjs'), { loadTimeoutMs: 30_000 })
}

test('a schema that no server takes comes through, and is left out of the report with a row', async (t) => {
  for (const [odd, code] of [
    ['{ title: \'a\\u0000b\\ud800\' }', 'TATUSCAN_FACTS_INVALID'],
    ['JSON.parse(\'{"properties":{"__proto__":{}}}\')', 'TATUSCAN_FACTS_INVALID'],
    ['JSON.parse(\'{"properties":{"a":\'.repeat(40) + \'{}\' + \'}}\'.repeat(40))', 'TATUSCAN_SCHEMA_TOO_LARGE']
  ]) {
    const collector = await load(t, `export default () => ({ name: 'sample', schema: ${odd}, collect: async () => ({ answer: 42 }) })`)
    const { facts, failures } = await report(collector)
    t.deepEqual(facts.sample, { answer: 42 })
    t.deepEqual(failures.map(({ collector, code }) => [collector, code]), [['sample', code]])
  }
})

test('it has the name, schema and facts of the module, and undefined is absent', async (t) => {
  const collector = await load(t, sample('return { answer: 42 }'))
  t.is(collector.name, 'sample')
  t.deepEqual(collector.schema as object, schema)
  t.deepEqual(await report(collector), { facts: { neighbour: { fine: true }, sample: { answer: 42 } }, failures: [] })
  t.deepEqual(await report(await load(t, sample(''))), { facts: { neighbour: { fine: true } }, failures: [] })
})

test('a module that is written in TypeScript, and one that a package folder names, are taken too', async (t) => {
  const file = await moduleOf(t, '')
  const folder = join(file, '..')
  await writeFile(join(folder, 'typed.ts'), 'const answer: number = 42; export default () => ({ name: "typed", schema: { type: "object" }, collect: async () => ({ answer }) })')
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "exports": { "import": "./typed.ts" } }')
  for (const specifier of [folder, join(folder, 'typed.ts')]) t.is((await isolated(specifier, { loadTimeoutMs: 30_000 })).name, 'typed')
})

/** What it does, the body of collect, the code of the failure; its deadline where it has to be met. */
const hostile: [string, string, string, number?, string?][] = [
  ['loops for ever', 'for (;;);', 'TATUSCAN_COLLECTOR_TIMEOUT', 1500],
  ['never resolves', 'await new Promise(() => {})', 'TATUSCAN_COLLECTOR_TIMEOUT', 1500],
  ['ends the process', 'process.exit(0)', 'TATUSCAN_COLLECTOR_CRASHED'],
  ['kills its process', 'process.kill(process.pid, "SIGSEGV"); await new Promise(() => {})', 'TATUSCAN_COLLECTOR_CRASHED'],
  ['takes 2 GB of objects', 'const all = []; for (;;) all.push(new Array(10000).fill({ a: 1 }))', 'TATUSCAN_COLLECTOR_MEMORY'],
  ['takes 2 GB of buffers', 'const all = []; for (let i = 0; i < 64; i++) { all.push(Buffer.alloc(2 ** 25, 1)); await new Promise(r => setTimeout(r, 5)) } await new Promise(() => {})', 'TATUSCAN_COLLECTOR_MEMORY'],
  ['starts a child that takes memory', 'spawn(process.execPath, ["-e", "globalThis.a = Buffer.alloc(2 ** 28, 1); setInterval(() => {}, 1e6)"]); await new Promise(() => {})', 'TATUSCAN_COLLECTOR_MEMORY'],
  ['writes 50 MB to stdout', 'for (let i = 0; i < 50; i++) fs.writeSync(1, "x".repeat(1e6)); return { answer: 42 }', 'TATUSCAN_COLLECTOR_OUTPUT'],
  ['writes 50 MB to the channel', 'for (let i = 0; i < 50; i++) fs.writeSync(3, "x".repeat(1e6)); return { answer: 42 }', 'TATUSCAN_COLLECTOR_OUTPUT'],
  ['writes nonsense to the channel', 'fs.writeSync(3, "}{\\n"); return { answer: 42 }', 'TATUSCAN_COLLECTOR_CRASHED'],
  ['closes the channel', 'fs.closeSync(3); return { answer: 42 }', 'TATUSCAN_COLLECTOR_CRASHED'],
  ['throws an Error', 'throw new Error("out of paper")', 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws undefined', 'throw undefined', 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws an object that cannot be shown', 'throw { toString () { throw 1 } }', 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws a proxy that is revoked', 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy', 'TATUSCAN_COLLECTOR_FAILED'],
  ['throws a message with NUL', 'throw new Error("a\\0b")', 'TATUSCAN_COLLECTOR_FAILED'],
  ['returns a key with NUL', 'return { answer: 42, "a\\0b": 1 }', 'TATUSCAN_FACTS_INVALID'],
  ['returns a thenable that never settles', 'return { then () {} }', 'TATUSCAN_COLLECTOR_TIMEOUT', 1500],
  ['returns a getter that throws', 'return { get answer () { throw new Error("gotcha") } }', 'TATUSCAN_COLLECTOR_FAILED'],
  ['returns a proxy that throws', 'return new Proxy({}, { ownKeys () { throw new Error("gotcha") } })', 'TATUSCAN_COLLECTOR_FAILED'],
  ['returns a cycle', 'const facts = { answer: 42 }; facts.facts = facts; return facts', 'TATUSCAN_FACTS_INVALID'],
  ['returns a BigInt', 'return { answer: 42n }', 'TATUSCAN_FACTS_INVALID'],
  ['returns a toJSON', 'return { answer: 42, toJSON () { return { answer: "forged" } } }', 'TATUSCAN_FACTS_INVALID'],
  ['returns huge facts', 'return { answer: 42, text: "x".repeat(50_000_000) }', 'TATUSCAN_FACTS_TOO_LARGE'],
  ['returns what its schema refuses', 'return { answer: "forty-two" }', 'TATUSCAN_FACTS_INVALID'],
  ['breaks the globals it needs itself', 'Object.keys = () => { throw new Error("patched") }; return { answer: 42 }', 'TATUSCAN_COLLECTOR_FAILED'],
  ['has a schema whose pattern takes for ever', 'return { answer: 42, text: "a".repeat(60) + "!" }', 'TATUSCAN_COLLECTOR_TIMEOUT', 1500,
    'const evil = { type: "object", properties: { text: { type: "string", pattern: "^(a+)+$" } } }']
]
for (const [what, body, code, deadline = timeoutMs, before = ''] of hostile) {
  test.serial(`a module that ${what} costs its row in failures, the rest stays intact, and the report is in time`, async (t) => {
    const collector = await load(t, before === '' ? sample(body) : sample(body, before).replace(JSON.stringify(schema), 'evil'))
    const started = performance.now()
    const { facts, failures } = await report(collector, deadline)
    t.true(performance.now() - started < deadline + 5000)
    t.deepEqual(facts, { neighbour: { fine: true } })
    t.deepEqual(failures.map(({ collector, code }) => [collector, code]), [['sample', code]], JSON.stringify(failures))
  })
}

test('what a module writes to stdout and stderr, and what it breaks in its globals, does its facts no harm', async (t) => {
  const heard: string[] = []
  const collector = await load(t, sample(`
    console.log('{"name":"forged"}'); console.error('oops'); JSON.stringify = () => 'forged'; globalThis.setInterval = null
    Promise.reject(new Error('in passing')); setTimeout(() => { throw new Error('in a timer') }, 1); await new Promise(r => setTimeout(r, 20))
    return { answer: 42 }`), { onOutput: (bytes) => heard.push(String(bytes)) })
  t.deepEqual((await report(collector)).facts.sample, { answer: 42 })
  t.regex(heard.join(''), /forged"\}\n[^]*oops\n/)
  t.regex(heard.join(''), /in passing\n[^]*in a timer\n/)
})

test('a module that tells its facts past the check, with a schema whose pattern takes for ever, does not hold up the agent', async (t) => {
  const evil = { type: 'object', properties: { text: { type: 'string', pattern: '^(a+)+$' } } }
  const forged = { name: 'sample', schema: JSON.stringify(evil), told: { text: 'a'.repeat(60) + '!' } }
  const collector = await load(t, sample(`fs.writeSync(3, ${JSON.stringify(JSON.stringify(forged) + '\n')}); await new Promise(() => {})`))
  t.deepEqual((await report(collector)).facts.sample, forged.told)
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('timers and children that a module leaves behind are gone once it has answered, also those in a group of their own', async (t) => {
  const collector = await load(t, sample(`
    setInterval(() => {}, 1000)
    const plain = spawn('sleep', ['1000'])
    const apart = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
    apart.unref()
    return { answer: 42, pids: [process.pid, plain.pid, apart.pid] }`))
  const { facts } = await report(collector)
  const pids = facts.sample!.pids as number[]
  t.is(pids.length, 3)
  await gone(t, pids)
})

onLinux('what a module that overstays has started is gone too', async (t) => {
  const file = await moduleOf(t, sample(`
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
    fs.writeFileSync(new URL('pids', import.meta.url), process.pid + ' ' + child.pid)
    for (;;);`))
  const { failures } = await report(await isolated(file, { loadTimeoutMs: 30_000 }), 3000)
  t.is(failures[0]?.code, 'TATUSCAN_COLLECTOR_TIMEOUT')
  await gone(t, (await readFile(join(file, '../pids'), 'utf8')).split(' ').map(Number))
})

onLinux('an aborted signal ends it at once', async (t) => {
  const file = await moduleOf(t, sample("fs.writeFileSync(new URL('pids', import.meta.url), String(process.pid)); for (;;);"))
  const collector = await isolated(file, { loadTimeoutMs: 30_000 })
  const controller = new AbortController()
  const collecting = collectReport({ collectors: [collector], timeoutMs: 60_000, signal: controller.signal })
  while (!existsSync(join(file, '../pids'))) await sleep(10)
  controller.abort(new Error('enough'))
  await t.throwsAsync(collecting, { message: 'enough' })
  await gone(t, [Number(await readFile(join(file, '../pids'), 'utf8'))])
})

const unloadable: [string, string, string][] = [
  ['throws at import', 'throw new Error("no such driver")', 'TATUSCAN_COLLECTOR_FAILED'],
  ['hangs at import', 'await new Promise(() => {})', 'TATUSCAN_COLLECTOR_TIMEOUT'],
  ['loops at import', 'for (;;);', 'TATUSCAN_COLLECTOR_TIMEOUT'],
  ['ends the process at import', 'process.exit(0)', 'TATUSCAN_COLLECTOR_CRASHED'],
  ['has no factory', 'export default 5', 'TATUSCAN_INVALID_OPTION'],
  ['makes no collector', 'export default () => ({ name: "No!" })', 'TATUSCAN_INVALID_OPTION'],
  ['is no JavaScript', 'export default (', 'TATUSCAN_COLLECTOR_FAILED']
]
for (const [what, code, expected] of unloadable) {
  test(`loading a module that ${what} is refused, with a reason`, async (t) => {
    const error = await t.throwsAsync(load(t, code, { loadTimeoutMs: expected === 'TATUSCAN_COLLECTOR_TIMEOUT' ? 1500 : 30_000 }))
    t.like(error, { code: expected })
    t.regex(error!.message, /\w{4}/)
  })
}

test('a module that is not there is refused, with the path', async (t) => {
  await t.throwsAsync(isolated('./no-such-module.js'), { message: /no-such-module\.js/, code: 'TATUSCAN_INVALID_OPTION' })
  await t.throwsAsync(isolated('no-such-package'), { message: /no-such-package is not installed/, code: 'TATUSCAN_INVALID_OPTION' })
})

test('a module that changes on disk is taken as it is now; under another name only after a restart', async (t) => {
  const file = await moduleOf(t, sample('return { answer: 1 }'))
  const collector = await isolated(file, { loadTimeoutMs: 30_000 })
  await writeFile(file, sample('return { answer: 2 }').replace('Sample', 'Changed'))
  t.deepEqual((await report(collector)).facts.sample, { answer: 2 })
  t.is((collector.schema as { title?: string }).title, 'Changed')
  await writeFile(file, sample('return { answer: 3 }').replace("'sample'", "'other'"))
  t.regex((await report(collector)).failures[0]!.message, /other.*restart/)
})

test('a module is not given the secrets of the environment, whatever they are called', async (t) => {
  const env = {
    PATH: process.env.PATH,
    HOME: '/home/ana',
    LANG: 'C',
    TATUSCAN_URL: 'http://server:8040',
    MONKEY: 'x',
    HTTP_PROXY: 'http://proxy:3128',
    TATUSCAN_TOKEN: 'x',
    TATUSCAN_TOKEN_FILE: 'x',
    TATUSCAN_ENROL_SECRET: 'x',
    SECRET_KEY: 'x',
    TATUSCAN_DATABASE_URL: 'x',
    SQLALCHEMY_DATABASE_URI: 'x',
    DATABASE_URL: 'x',
    PGPASSWORD: 'x',
    MYSQL_PWD: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    GITHUB_TOKEN: 'x',
    https_proxy: 'http://ana:secret@proxy:3128',
    NODE_OPTIONS: '--inspect',
    npm_config__auth: 'x'
  }
  const collector = await load(t, sample('return { answer: 42, names: Object.keys(process.env).sort() }'), { env: childEnvironment(env) })
  const names = (await report(collector)).facts.sample!.names as string[]
  t.deepEqual(names.filter((name) => name in env), ['HOME', 'HTTP_PROXY', 'LANG', 'MONKEY', 'PATH', 'TATUSCAN_URL'])
})

async function gone (t: ExecutionContext, pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    for (let tries = 0; tries < 500 && await alive(pid); tries++) await sleep(10)
    t.false(await alive(pid), `process ${pid} is still there`)
  }
}

/** A zombie is gone: whoever is its parent now has only not looked yet. */
async function alive (pid: number): Promise<boolean> {
  return /^State:\s+[^ZX\s]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))
}
