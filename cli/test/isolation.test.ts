import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { Report } from '@tatuscan/core'
import { run, start, type Running } from './run.ts'

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const builtIn = ['network', 'os', 'cpu', 'memory']

async function folder (t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tatuscan-cli-'))
  t.teardown(async () => await rm(dir, { recursive: true }))
  return dir
}

async function hostile (t: ExecutionContext, name: string): Promise<string> {
  const file = join(await folder(t), `${name}.mjs`)
  await copyFile(fixture('hostile-collector.js'), file)
  return file
}

/** Runs to its end, watching how much memory the agent itself ever held, in MiB. */
async function watched ({ child, finished }: Running) {
  let peakMb = 0
  const watch = setInterval(() => { readFile(`/proc/${child.pid}/status`, 'utf8').then((status) => { peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024) }, () => {}) }, 20)
  const result = await finished
  clearInterval(watch)
  return { ...result, peakMb }
}

const misbehaviour: Record<string, string | undefined> = {
  'endless-loop': 'TATUSCAN_COLLECTOR_TIMEOUT',
  'never-resolves': 'TATUSCAN_COLLECTOR_TIMEOUT',
  'ends-the-process': 'TATUSCAN_COLLECTOR_CRASHED',
  'two-gb-of-objects': 'TATUSCAN_COLLECTOR_MEMORY',
  'two-gb-of-buffers': 'TATUSCAN_COLLECTOR_MEMORY',
  'fifty-mb-of-output': 'TATUSCAN_COLLECTOR_OUTPUT',
  'writes-to-stdout': undefined,
  'patched-globals': undefined,
  leftovers: undefined,
  'throws-a-non-error': 'TATUSCAN_COLLECTOR_FAILED',
  thenable: 'TATUSCAN_COLLECTOR_TIMEOUT',
  getter: 'TATUSCAN_COLLECTOR_FAILED',
  cycle: 'TATUSCAN_FACTS_INVALID',
  bigint: 'TATUSCAN_FACTS_INVALID',
  'huge-facts': 'TATUSCAN_FACTS_TOO_LARGE',
  'closes-the-pipe': 'TATUSCAN_COLLECTOR_CRASHED',
  'throws-at-import': 'TATUSCAN_COLLECTOR_FAILED',
  'hangs-at-import': 'TATUSCAN_COLLECTOR_TIMEOUT'
}
for (const [name, code] of Object.entries(misbehaviour)) {
  test.serial(`collect with the collector ${name}: one document on stdout, the rest intact, in time, in little memory`, async (t) => {
    const timeoutS = code === 'TATUSCAN_COLLECTOR_TIMEOUT' ? 3 : 30
    const running = start(['collect', '--json', '--timeout', `${timeoutS}s`, '--collector', await hostile(t, name)])
    const started = performance.now()
    const { code: exit, stdout, peakMb } = await watched(running)
    const took = performance.now() - started
    t.is(exit, 0)
    const { facts, failures } = JSON.parse(stdout) as Report
    t.deepEqual(Object.keys(facts), [...builtIn, ...code === undefined ? [name] : []])
    t.deepEqual(failures.map(({ collector, code }) => [collector, code]), code === undefined ? [] : [[name, code]])
    for (const { ms } of failures) t.true(ms < (timeoutS + 5) * 1000, `${ms} ms`)
    t.true(peakMb > 0 && peakMb < 128, `${peakMb} MiB`)
    t.log(`${Math.round(took)} ms with a deadline of ${timeoutS} s, ${Math.round(peakMb)} MiB`)
  })
}

async function receiver (t: ExecutionContext) {
  const reports: Report[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => { body += chunk }).on('end', () => {
      const told = JSON.parse(body)
      reports.push(...Array.isArray(told) ? told : [told])
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"message":"ok","item":{}}')
    })
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return { reports, url: `http://127.0.0.1:${(server.address() as { port: number }).port}` }
}

test('a daemon keeps reporting while a collector crashes, pauses it after three failures, and says so in each report, but once per pause in its log', async (t) => {
  const { reports, url } = await receiver(t)
  const home = await folder(t)
  const file = await hostile(t, 'ends-the-process')
  const agent = start(['daemon', '--url', url, '--interval', '1s', '--timeout', '30s', '--collector', file], { HOME: home, TATUSCAN_STATE_DIR: home })
  t.teardown(() => agent.child.kill('SIGKILL'))
  while (reports.length < 8 && agent.child.exitCode === null) await sleep(50)
  agent.child.kill('SIGTERM')
  const { code, stderr } = await agent.finished
  t.is(code, 0)
  const crashed = 'TATUSCAN_COLLECTOR_CRASHED'
  const paused = 'TATUSCAN_COLLECTOR_PAUSED'
  t.deepEqual(reports.slice(0, 8).map(({ failures }) => failures[0]?.code), [crashed, crashed, crashed, paused, paused, crashed, paused, paused])
  const logged = stderr.split('\n').filter((line) => line.includes('"collector"')).map((line) => (JSON.parse(line) as { code: string }).code)
  t.deepEqual(logged, [crashed, crashed, crashed, paused, crashed, paused])
  for (const { facts } of reports) t.deepEqual(Object.keys(facts), builtIn)
})

for (const called of ['gpu', 'graphics']) {
  test(`a module gpu.mjs that could not be loaded when the daemon started is taken in once it can, as ${called}`, async (t) => {
    const { reports, url } = await receiver(t)
    const home = await folder(t)
    const file = join(home, 'gpu.mjs')
    await writeFile(file, 'throw new Error("no such driver")')
    const agent = start(['daemon', '--url', url, '--interval', '2s', '--timeout', '30s', '--collector', file], { HOME: home, TATUSCAN_STATE_DIR: home })
    t.teardown(() => agent.child.kill('SIGKILL'))
    while (reports.length < 1) await sleep(50)
    await writeFile(file, `export default () => ({ name: '${called}', schema: { type: 'object', title: 'Graphics' }, collect: async () => ({ model: 'RTX' }) })`)
    while (!reports.some(({ facts }) => called in facts) && reports.length < 20) await sleep(50)
    t.deepEqual([reports[0]!.failures[0]!.collector, reports[0]!.failures[0]!.message], ['gpu', 'no such driver'])
    t.deepEqual(reports.at(-1)!.facts[called], { model: 'RTX' })
    t.deepEqual(reports.at(-1)!.schemas[called], { type: 'object', title: 'Graphics' })
    t.deepEqual(reports.at(-1)!.failures, [])
  })
}

test('Ctrl+C ends collect at once, and what it had started', async (t) => {
  const dir = await folder(t)
  const pid = join(dir, 'pid')
  await mkdir(join(dir, 'facts.d'))
  await writeFile(join(dir, 'facts.d', 'slow.sh'), `#!/bin/sh\necho $$ > ${pid}.new; mv ${pid}.new ${pid}; sleep 1000`, { mode: 0o755 })
  const collecting = start(['collect', '--timeout', '60s', '--facts-dir', join(dir, 'facts.d')])
  let script = ''
  while (script === '') await sleep(20).then(async () => { script = await readFile(pid, 'utf8').catch(() => '') })
  collecting.child.kill('SIGINT')
  const { code, stdout, stderr } = await collecting.finished
  t.deepEqual([code, stdout, stderr], [130, '', ''])
  const status = await readFile(`/proc/${script.trim()}/status`, 'utf8').catch(() => '')
  t.notRegex(status, /^State:\s+[RS]/m)
})

test('a folder of facts shows in collect and collectors, and may take the place of a built-in collector that is left out', async (t) => {
  const dir = await folder(t)
  await writeFile(join(dir, 'gpu.sh'), '#!/bin/sh\necho \'{"model":"RTX"}\'', { mode: 0o755 })
  await writeFile(join(dir, 'gpu.schema.json'), '{"title":"Graphics","type":"object","properties":{"model":{"type":"string","title":"Model"}}}')
  await writeFile(join(dir, 'cpu.json'), '{"percent":5}')
  const table = await run(['collect', '--facts-dir', dir])
  t.regex(table.stdout, /^Graphics\n {2}Model +RTX$/m)
  t.regex(table.stdout, /facts-dir +cpu\.json: another collector is called cpu/)
  t.regex((await run(['collectors', '--facts-dir', dir])).stdout, /^gpu: Graphics\n {2}model +Model$/m)
  const { facts, failures } = JSON.parse((await run(['collect', '--json', '--no-collector', 'cpu', '--no-collector', 'gpu'], { TATUSCAN_FACTS_DIR: dir })).stdout) as Report
  t.deepEqual(facts.cpu, { percent: 5 })
  t.deepEqual(Object.keys(facts), ['network', 'os', 'memory', 'cpu'])
  t.deepEqual(failures, [])
})

test('without isolation, by flag or environment, a collector runs in the agent itself', async (t) => {
  const file = join(await folder(t), 'pid.mjs')
  await writeFile(file, 'export default () => ({ name: "pid", schema: { type: "object" }, collect: async () => ({ pid: process.pid }) })')
  for (const [args, env, same] of [[['--no-isolation'], {}, true], [[], { TATUSCAN_NO_ISOLATION: 'true' }, true], [[], {}, false]] as const) {
    const running = start(['collect', '--json', ...args, '--collector', file], env)
    t.is((JSON.parse((await running.finished).stdout) as Report).facts.pid!.pid === running.child.pid, same)
  }
})
