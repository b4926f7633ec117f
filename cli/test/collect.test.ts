import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Validator } from '@cfworker/json-schema'
import test from 'ava'
import { run } from './run.ts'

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const published = JSON.parse(readFileSync(new URL('../../core/report.schema.json', import.meta.url), 'utf8'))
const builtIn = ['network', 'os', 'cpu', 'memory']

test('collect --json prints exactly one JSON document, valid by the published schema, and nothing on stderr', async (t) => {
  const { code, stdout, stderr } = await run(['collect', '--json'])
  t.is(code, 0)
  t.is(stderr, '')
  const report = JSON.parse(stdout)
  const { valid, errors } = new Validator(published, '2020-12', false).validate(report)
  t.true(valid, JSON.stringify(errors))
  t.deepEqual(Object.keys(report.facts), builtIn)
  t.is(report.hostname, hostname())
})

test('collect prints a table for people, with titles and units', async (t) => {
  const { code, stdout, stderr } = await run(['collect'])
  t.is(code, 0)
  t.is(stderr, '')
  t.regex(stdout, new RegExp(`^${hostname()}\n`))
  t.regex(stdout, /^ {2}Machine id +[0-9a-f]{64}$/m)
  t.regex(stdout, /^Memory\n {2}Total +\d+ MiB$/m)
  t.notRegex(stdout, /\u001b/, 'no colours where there is no terminal') // eslint-disable-line no-control-regex -- it is what is looked for
})

test('collectors that misbehave cost their rows in failures; the others stay intact, and stdout holds the report alone', async (t) => {
  const { code, stdout, stderr } = await run(['collect', '--json', '--config', fixture('hostile-collectors.config.js')])
  t.is(code, 0)
  t.regex(stderr, /noise on stdout/)
  const { facts, failures } = JSON.parse(stdout)
  t.deepEqual(Object.keys(facts), [...builtIn, 'talkative'])
  t.deepEqual(Object.fromEntries(failures.map(({ collector, code }: { collector: string, code: string }) => [collector, code])), {
    throws: 'TATUSCAN_COLLECTOR_FAILED',
    'never-resolves': 'TATUSCAN_COLLECTOR_TIMEOUT',
    'keeps-a-handle': 'TATUSCAN_COLLECTOR_TIMEOUT',
    'refused-by-schema': 'TATUSCAN_FACTS_INVALID',
    cycle: 'TATUSCAN_FACTS_INVALID',
    bigint: 'TATUSCAN_FACTS_INVALID',
    'fifty-megabytes': 'TATUSCAN_FACTS_TOO_LARGE'
  })
})

test('what a collector throws outside of its promise is told on stderr; the report stays whole, and the exit code ours', async (t) => {
  const { code, stdout, stderr } = await run(['collect', '--json', '--no-isolation', '--collector', fixture('stray-collector.js')])
  t.is(code, 0)
  t.deepEqual(JSON.parse(stdout).facts.stray, { answer: 42 })
  t.regex(stderr, /^tatuscan: [^\n]*rejected in passing\ntatuscan: [^\n]*thrown in a timer\n$/)
})

test('a collector that ends the process, where it runs in the agent itself, is an error, not a success', async (t) => {
  const { code, stderr } = await run(['collect', '--json', '--no-isolation', '--collector', fixture('exiting-collector.js')])
  t.is(code, 1)
  t.is(stderr, 'tatuscan: a plugin ended the process before the command was done\n')
})

test('collect --send to sinks that fail ends with 3, and one line names each', async (t) => {
  const { code, stdout, stderr } = await run(['collect', '--json', '--send', '--config', fixture('failing-sinks.config.js')])
  t.is(code, 3)
  t.is(JSON.parse(stdout).hostname, hostname())
  t.regex(stderr, /^tatuscan: [^\n]*drawer is full[^\n]*shelf is full[^\n]*\n$/)
})

const withoutBuiltIn = builtIn.flatMap((name) => ['--no-collector', name])

test('when every collector fails the exit code is 1, and one line says why', async (t) => {
  const { code, stdout, stderr } = await run(['collect', '--json', ...withoutBuiltIn, '--collector', fixture('broken-collector.js')])
  t.is(code, 1)
  t.is(stdout, '')
  t.regex(stderr, /^tatuscan: no report could be made: every collector failed \(broken: it is broken\)\n$/)
})

const mistakes: [string, string[], RegExp, Record<string, string>?][] = [
  ['a flag that there is not', ['collect', '--jsn'], /--jsn/],
  ['a command that there is not', ['colect'], /colect/],
  ['a duration that is none', ['daemon', '--url', 'http://127.0.0.1:1', '--interval', '5x'], /60s, 2m or 1h.*"5x"/],
  ['a deadline from the environment that is none', ['collect'], /60s, 2m or 1h.*"soon"/, { TATUSCAN_TIMEOUT: 'soon' }],
  ['a log level that is none', ['daemon', '--log-level', 'loud'], /log-level/],
  ['a URL that is none', ['daemon', '--url', 'htp://server'], /http:\/\/inventory.*"htp:\/\/server"/],
  ['no URL for collect --send', ['collect', '--send'], /--url.*TATUSCAN_URL/],
  ['no URL for daemon', ['daemon'], /--url.*TATUSCAN_URL/],
  ['a configuration file that is not there', ['collect', '--config', '/no/such/file.ts'], /\/no\/such\/file\.ts does not exist/],
  ['a configuration file that is none', ['collect', '--config', fixture('broken-collector.js')], /default-export an object/],
  ['a collector that is not there', ['collect', '--collector', './no-such'], /no-such/],
  ['a collector name that is not installed', ['collect', '--collector', 'gpu-of-nobody'], /@tatuscan\/collector-gpu-of-nobody.*\.\/gpu-of-nobody/],
  ['a collector without a factory', ['collect', '--collector', fixture('hostile-collectors.config.js')], /function that returns a collector/],
  ['a collector without a factory, not isolated', ['collect', '--no-isolation', '--collector', fixture('hostile-collectors.config.js')], /function that returns a collector/],
  ['a collector that fails at import, not isolated', ['collect', '--no-isolation', '--collector', fixture('failing-import.js')], /no such driver/],
  ['leaving out a collector that there is not', ['collect', '--no-collector', 'gpu'], /network, os, cpu, memory/],
  ['leaving out every collector', ['collect', ...withoutBuiltIn], /no collector is left/],
  ['a port that is none', ['serve', '--port', '80800'], /0 to 65535/],
  ['a time zone that is none', ['serve'], /TIMEZONE.*Mars/, { TIMEZONE: 'Mars/Olympus' }]
]
for (const [what, args, message, env] of mistakes) {
  test(`${what} ends with 2 and one line that says what to do`, async (t) => {
    const { code, stdout, stderr } = await run(args, env)
    t.is(code, 2, stderr)
    t.is(stdout, '')
    t.regex(stderr, /^tatuscan: [^\n]+\n$/)
    t.regex(stderr, message)
  })
}

test('a configuration file with a value of the wrong kind ends with 2 and one line that names the key', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-config-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  for (const [index, [content, message]] of ([
    ['{ interval: 5 }', /interval must be text/], ['{ timeout: {} }', /timeout must be text/], ['{ factsDir: 5 }', /factsDir must be text such as \/etc/], ['{ intervall: "5s" }', /unknown key intervall/],
    ['{ collectors: 5 }', /collectors must be a list/], ['{ collectors: [{}] }', /name/], ['{ sinks: [{}] }', /sinks must be a list/],
    ['{ server: { prot: 5 } }', /unknown key server\.prot/], ['{ server: { database: 7 } }', /server\.database/], ['{ server: { plugins: [5] } }', /server\.plugins/]
  ] as const).entries()) {
    const file = join(folder, `config-${index}.js`)
    await writeFile(file, `export default ${content}`)
    const { code, stderr } = await run(['collect', '--config', file])
    t.is(code, 2, content)
    t.regex(stderr, /^tatuscan: the configuration file [^\n]+\n$/)
    t.regex(stderr, message)
  }
})

test('a configuration file that never comes to an end, or rejects, and a .env that is a folder end with 2 and one line that names the file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-config-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  for (const [name, content, message] of [
    ['stuck.js', 'await new Promise(() => {})\nexport default {}', /stuck\.js can't be used: what it waits for never comes/],
    ['pending.js', 'export default new Promise(() => {})', /pending\.js can't be used: what it waits for never comes/],
    ['rejects.js', "export default Promise.reject(new Error('no luck'))", /rejects\.js can't be used: no luck/]
  ] as const) {
    await writeFile(join(folder, name), content)
    const { code, stderr } = await run(['collect', '--config', join(folder, name)])
    t.is(code, 2, stderr)
    t.regex(stderr, /^tatuscan: the configuration file [^\n]+\n$/)
    t.regex(stderr, message)
  }
  await mkdir(join(folder, '.env'))
  const { code, stderr } = await run(['collect', '--config', join(folder, 'none.js')])
  t.is(code, 2, stderr)
  t.regex(stderr, /^tatuscan: the file [^\n]+\.env can't be used: [^\n]+\n$/)
})

test('collect --send to a server that is down, slow or failing ends with 3, and still prints the report', async (t) => {
  const server = createServer((_, response) => { response.writeHead(500).end() }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  for (const url of ['http://127.0.0.1:1', `http://127.0.0.1:${port}`]) {
    const { code, stdout, stderr } = await run(['collect', '--json', '--send', '--url', url])
    t.is(code, 3)
    t.is(JSON.parse(stdout).hostname, hostname())
    t.regex(stderr, /^tatuscan: [^\n]+\n$/)
  }
})

test('collectors lists what is plugged in, with schemas as JSON', async (t) => {
  const table = await run(['collectors'])
  t.is(table.code, 0)
  t.regex(table.stdout, /^memory: Memory$/m)
  const { stdout } = await run(['collectors', '--json', '--no-collector', 'cpu'])
  t.deepEqual(JSON.parse(stdout).map(({ name, schema }: { name: string, schema: { type: string } }) => [name, schema.type]), [['network', 'object'], ['os', 'object'], ['memory', 'object']])
})

test('repeatable flags come from the environment too, with commas', async (t) => {
  const { stdout } = await run(['collectors', '--json'], { TATUSCAN_NO_COLLECTOR: 'cpu,memory', TATUSCAN_COLLECTOR: fixture('broken-collector.js') })
  t.deepEqual(JSON.parse(stdout).map(({ name }: { name: string }) => name), ['network', 'os', 'broken'])
})

test('--help says what each command does', async (t) => {
  const { code, stdout } = await run(['--help'])
  t.is(code, 0)
  for (const command of ['collect', 'collectors', 'daemon', 'serve']) t.regex(stdout, new RegExp(`^ {2}${command} `, 'm'))
  for (const args of [['daemon', '--help'], ['help', 'daemon'], ['daemon', '-h']]) t.regex((await run(args)).stdout, /--interval=DURATION/)
  t.regex((await run(['version'])).stdout, /^tatuscan\/\d/)
})
