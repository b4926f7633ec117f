import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { hostname, networkInterfaces, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { chromium } from 'playwright-core'
import { run, start, type Running } from './run.ts'

interface Server extends Running { readonly url: string, readonly folder: string }

async function until<Value> (what: string, look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  const end = Date.now() + 60_000
  while (Date.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error(`waited in vain: ${what}`)
}

async function serve (t: ExecutionContext, ...flags: string[]): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-serve-'))
  const running = start(['serve', ...flags.includes('--port') ? [] : ['--port', '0'], ...flags], { TATUSCAN_DB_DIR: folder })
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
    await rm(folder, { recursive: true })
  })
  const url = await until('the start line', () => {
    if (running.child.exitCode !== null) throw new Error(`the server ended: ${running.stderr()}`)
    return /TatuScan is at (http:\/\/[^ ]+)/.exec(running.stderr())?.[1]
  })
  return { ...running, url, folder }
}

async function get (url: string): Promise<any> {
  return await (await fetch(url)).json()
}

const firstMachine = async (url: string): Promise<any> => await until('a machine', async () => (await get(`${url}/api/machines`)).items[0])

test.serial('serve --agent lists this machine, with its true values, and keeps it in the data folder', async (t) => {
  const { url, folder } = await serve(t, '--agent')
  const machine = await firstMachine(url)
  const addresses = Object.values(networkInterfaces()).flat().filter((address) => address?.family === 'IPv4' && !address.internal).map((address) => address!.address)
  t.is(machine.hostname, hostname())
  t.true(addresses.length === 0 ? machine.ip === null : addresses.includes(machine.ip))
  t.true(Math.abs(machine.memory_total_mb - totalmem() / 1_048_576) <= 1)
  t.regex((await readFile('/etc/os-release', 'utf8')), new RegExp(machine.os_version.split(' ')[0]))
  t.is(machine.status, 'online')
  t.true(existsSync(join(folder, 'tatuscan.db')))
})

const browser = '/usr/bin/chromium'
const inBrowser = existsSync(browser) || process.env.CI === 'true' ? test.serial : test.skip
inBrowser('Chromium shows this machine on /, /report and /charts (needs /usr/bin/chromium)', async (t) => {
  const { url } = await serve(t, '--agent')
  await firstMachine(url)
  const running = await chromium.launch({
    executablePath: browser,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
  t.teardown(async () => await running.close())
  const page = await running.newPage()
  for (const path of ['/', '/report', '/charts']) {
    await page.goto(url + path)
    t.true((await page.innerText('body')).includes(hostname()), path)
  }
})

test.serial('daemon reports every interval; SIGTERM ends it with 0, and the server too', async (t) => {
  const { url, child, finished } = await serve(t)
  const daemon = start(['daemon', '--url', url, '--interval', '1s', '--log-level', 'error'])
  t.teardown(() => daemon.child.kill('SIGKILL'))
  const { updated_at: first } = await until('a second report', async () => {
    const machine = (await get(`${url}/api/machines`)).items[0]
    return machine?.updated_at ? machine : undefined
  })
  await until('a third report', async () => (await get(`${url}/api/machines`)).items[0].updated_at > first || undefined)
  daemon.child.kill('SIGTERM')
  t.like(await daemon.finished, { code: 0, stdout: '', stderr: '' })
  child.kill('SIGTERM')
  t.is((await finished).code, 0)
})

test.serial('the daemon carries on while its server is away, and reports once it is there', async (t) => {
  const first = await serve(t)
  const port = new URL(first.url).port
  first.child.kill('SIGTERM')
  await first.finished
  const daemon = start(['daemon', '--url', first.url, '--interval', '1s'])
  t.teardown(() => daemon.child.kill('SIGKILL'))
  await until('a failed delivery', () => /could not be reached/.test(daemon.stderr()) || undefined)
  const { url } = await serve(t, '--port', port)
  t.is((await firstMachine(url)).hostname, hostname())
  daemon.child.kill('SIGTERM')
  t.is((await daemon.finished).code, 0)
})

test.serial('the daemon ends with 0 though a sink hangs', async (t) => {
  const config = fileURLToPath(new URL('fixtures/hanging-sink.config.js', import.meta.url))
  const { url } = await serve(t)
  const daemon = start(['daemon', '--url', url, '--interval', '1s', '--config', config])
  t.teardown(() => daemon.child.kill('SIGKILL'))
  await until('a second report', async () => (await get(`${url}/api/machines`)).items[0]?.updated_at ?? undefined)
  daemon.child.kill('SIGTERM')
  t.is((await daemon.finished).code, 0)
})

test.serial('the server ends with 0 though a client holds a request half sent', async (t) => {
  const { url, child, finished } = await serve(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}).write('POST /api/machines HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  await sleep(200)
  child.kill('SIGTERM')
  t.is((await finished).code, 0)
})

test.serial('a collector that the server never heard of is stored, and its schema told', async (t) => {
  const { url } = await serve(t)
  const example = fileURLToPath(new URL('../../examples/custom-collector', import.meta.url))
  t.like(await run(['collect', '--json', '--send', '--url', url, '--collector', example]), { code: 0, stderr: '' })
  const { machine_id: id } = await firstMachine(url)
  const { facts } = await get(`${url}/api/machines/${id}`)
  t.is(facts.disk.path, '/')
  const { items } = await get(`${url}/api/collectors`)
  t.is(items.find(({ name }: { name: string }) => name === 'disk').schema.properties.free_mb.unit, 'MiB')
})

test.serial('one document describes every route of the server', async (t) => {
  const { url } = await serve(t)
  const { paths } = await get(`${url}/openapi.json`)
  t.true(['get', 'post'].every((method) => method in paths['/api/machines']))
  t.true('/api/reports' in paths && '/api/health' in paths)
})

test.serial('a path that can’t be decoded is answered in the one shape of errors', async (t) => {
  const { url } = await serve(t)
  const answer = await fetch(`${url}/api/machines/%ff`)
  t.is(answer.status, 400)
  t.is((await answer.json() as { code: string }).code, 'TATUSCAN_INVALID_REQUEST')
})

test.serial('a port in use ends with 2 and one line that says what to do', async (t) => {
  const { url, folder } = await serve(t)
  const { code, stderr } = await run(['serve', '--port', new URL(url).port], { TATUSCAN_DB_DIR: join(folder, 'other') })
  t.is(code, 2)
  t.regex(stderr, /^tatuscan: port \d+ on 127\.0\.0\.1 is in use: [^\n]+--port\n$/)
})

test.serial('the original’s database is refused with 2 and one line, its bytes unchanged', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-original-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const original = await readFile(new URL('fixtures/original-sqlite.db', import.meta.url))
  const file = join(folder, 'tatuscan.db')
  await writeFile(file, original)
  const { code, stderr } = await run(['serve', '--port', '0'], { TATUSCAN_DB_DIR: folder })
  t.is(code, 2)
  t.regex(stderr, /^tatuscan: [^\n]+original TatuScan's; nothing was changed[^\n]+\n$/)
  t.deepEqual(await readFile(file), original)
})

test.serial('flag beats environment beats configuration file beats default', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-precedence-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const config = join(folder, 'tatuscan.config.js')
  await writeFile(config, "export default { interval: '7s' }")
  const interval = async (args: string[], env = {}) => JSON.parse((await run(['collect', '--json', ...args], env)).stdout).interval_s
  t.is(await interval([]), 60)
  t.is(await interval(['--config', config]), 7)
  t.is(await interval(['--config', config], { TATUSCAN_INTERVAL: '8s' }), 8)
  t.is(await interval(['--config', config, '--interval', '9s'], { TATUSCAN_INTERVAL: '8s' }), 9)
  await writeFile(join(folder, '.env'), 'TATUSCAN_INTERVAL=10s')
  t.is(await interval(['--config', config]), 10, '.env beside the configuration file')
  t.is(await interval(['--config', config], { TATUSCAN_INTERVAL: '8s' }), 8, 'what is set already stays')
})
