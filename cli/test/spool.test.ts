import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '@tatuscan/core'
import test, { type ExecutionContext } from 'ava'
import { run, start } from './run.ts'

interface Receiver {
  readonly url: string
  readonly reports: Report[]
  readonly headers: IncomingHttpHeaders[]
  /** What it answers; 201 unless it is changed. */
  status: number
}

function temporary (t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-cli-spool-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function receive (t: ExecutionContext, { tls, newest }: { tls?: https.ServerOptions, newest?: string } = {}): Promise<Receiver> {
  const receiver = { url: '', reports: [] as Report[], headers: [] as IncomingHttpHeaders[], status: 201 }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = [JSON.parse(await text(request))].flat() as Report[]
    receiver.headers.push(request.headers)
    if (receiver.status === 201) receiver.reports.push(...body)
    const results = body.map(({ report_id }) => ({ report_id, status: receiver.status }))
    if (request.url === '/api/reports') response.end(JSON.stringify({ results }))
    else response.writeHead(receiver.status).end(JSON.stringify({ newest_report_id: newest, error: 'no' }))
  }
  const server = (tls === undefined ? createServer(handle) : https.createServer(tls, handle)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  receiver.url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return receiver
}

const names = (folder: string): string[] => existsSync(folder) ? readdirSync(folder) : []
const kept = (state: string): string[] => names(join(state, 'spool')).filter((name) => name.endsWith('.report')).map((name) => name.slice(0, -7)).sort()
const fewCollectors = ['--no-collector', 'cpu', '--no-collector', 'network']

test('what collect --send can’t deliver is kept, and the next daemon delivers it before its own, in order', async (t) => {
  const TATUSCAN_STATE_DIR = temporary(t)
  const ids: string[] = []
  for (let times = 0; times < 2; times++) {
    const { code, stdout, stderr } = await run(['collect', '--json', '--send', '--url', 'http://127.0.0.1:1', ...fewCollectors], { TATUSCAN_STATE_DIR })
    t.is(code, 3)
    t.regex(stderr, /^tatuscan: the report is kept, and was not delivered: http:\/\/127\.0\.0\.1:1\/[^\n]*ECONNREFUSED[^\n]*\n$/)
    ids.push(JSON.parse(stdout).report_id)
  }
  t.deepEqual(kept(TATUSCAN_STATE_DIR), ids)

  const server = await receive(t)
  const daemon = start(['daemon', '--url', server.url, '--interval', '1s', ...fewCollectors], { TATUSCAN_STATE_DIR })
  while (server.reports.length < 4) await sleep(20)
  const beside = await run(['collect', '--json', '--send', '--url', server.url, ...fewCollectors], { TATUSCAN_STATE_DIR })
  t.is(beside.code, 0, beside.stderr)
  const last = JSON.parse(beside.stdout).report_id as string
  while (server.reports.at(-1)!.report_id <= last) await sleep(20)
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.finished
  t.is(code, 0)
  t.is(stderr, '')
  const arrived = server.reports.map(({ report_id }) => report_id)
  t.deepEqual(arrived.slice(0, 2), ids)
  t.true(arrived.includes(last))
  t.deepEqual([...new Set(arrived)], [...new Set(arrived)].sort(), 'report ids of both processes increase')
  t.deepEqual(kept(TATUSCAN_STATE_DIR), [])
})

test('a daemon whose server is away logs that once, keeps every report, and delivers them when it is back', async (t) => {
  const TATUSCAN_STATE_DIR = temporary(t)
  const server = await receive(t)
  server.status = 503
  const daemon = start(['daemon', '--url', server.url, '--interval', '3s', ...fewCollectors], { TATUSCAN_STATE_DIR })
  t.teardown(() => daemon.child.kill('SIGKILL'))
  while (kept(TATUSCAN_STATE_DIR).length < 3) await sleep(20)
  server.status = 201
  while (server.reports.length < 3) await sleep(20)
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.finished
  t.is(code, 0)
  t.is(stderr.trim().split('\n').length, 1, stderr)
  t.regex(JSON.parse(stderr).msg, /answered 503: no; 1 reports are kept and wait/)
})

test('a report that is refused for good ends collect --send with 3, and is put away', async (t) => {
  const TATUSCAN_STATE_DIR = temporary(t)
  const server = await receive(t)
  server.status = 422
  const { code, stdout, stderr } = await run(['collect', '--json', '--send', '--url', server.url, ...fewCollectors], { TATUSCAN_STATE_DIR })
  t.is(code, 3)
  t.regex(stderr, /^tatuscan: the report was refused, and is put away in the spool's rejected\/: [^\n]*answered 422: no\n$/)
  t.deepEqual(readdirSync(join(TATUSCAN_STATE_DIR, 'spool', 'rejected')), [`${JSON.parse(stdout).report_id}.report`])
})

test('an agent that lost its state goes on from the newest report id that the server has', async (t) => {
  const TATUSCAN_STATE_DIR = temporary(t)
  const newest = '7fffffff-0000-7000-8000-000000000000'
  const server = await receive(t, { newest })
  const send = async () => await run(['collect', '--send', '--url', server.url, ...fewCollectors], { TATUSCAN_STATE_DIR })
  t.is((await send()).code, 0)
  t.is((await send()).code, 0)
  const [first, second] = server.reports.filter(({ report_id }) => report_id !== undefined)
  t.true(first!.report_id < newest)
  t.true(second!.report_id > newest)
})

test('a state folder that can’t be used keeps no report back', async (t) => {
  const file = join(temporary(t), 'file')
  writeFileSync(file, '')
  const server = await receive(t)
  const { code, stderr } = await run(['collect', '--send', '--url', server.url, ...fewCollectors], { TATUSCAN_STATE_DIR: join(file, 'state') })
  t.is(code, 0)
  t.regex(stderr, /the spool in [^\n]* can't be used, so reports are sent live/)
  t.is(server.reports.length, 1)
})

test('certificates come from files and the token from one too; no secret is in any log, however much is logged', async (t) => {
  const TATUSCAN_STATE_DIR = temporary(t)
  const folder = temporary(t)
  const file = (name: string) => join(folder, name)
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'], { cwd: folder, stdio: 'pipe' })
  const [cert, key] = [readFileSync(file('cert.pem')), readFileSync(file('key.pem'))]
  const server = await receive(t, { tls: { cert, key, ca: cert, requestCert: true } })
  writeFileSync(file('token'), 'top-secret-token\n')
  const env = { TATUSCAN_STATE_DIR, TATUSCAN_TOKEN_FILE: file('token'), TATUSCAN_CA_FILE: file('cert.pem'), TATUSCAN_LOG_LEVEL: 'trace' }
  const url = server.url.replace('//', '//ana:url-password@')
  const daemon = start(['daemon', '--url', url, '--interval', '1s', ...fewCollectors, '--cert-file', file('cert.pem'), '--key-file', file('key.pem')], env)
  while (server.reports.length < 1) await sleep(20)
  t.is(server.headers.at(-1)!.authorization, 'Bearer top-secret-token')
  server.status = 401
  while (!/answered 401/.test(daemon.stderr())) await sleep(20)
  daemon.child.kill('SIGTERM')
  const { stderr } = await daemon.finished
  t.notRegex(stderr, /top-secret-token|url-password/)
  const proxied = await run(['collect', '--send', '--url', url, ...fewCollectors], { ...env, HTTPS_PROXY: 'http://ana:proxy-password@127.0.0.1:1' })
  t.is(proxied.code, 3)
  t.regex(proxied.stderr, /through the proxy http:\/\/127\.0\.0\.1:1/)
  t.notRegex(proxied.stderr, /top-secret-token|url-password|proxy-password/)
})

test('files that can’t be read or hold nothing of use end with 2 and one line that says which', async (t) => {
  const folder = temporary(t)
  const empty = join(folder, 'empty')
  writeFileSync(empty, '\n')
  const url = ['--url', 'https://127.0.0.1:1']
  for (const [args, env, message] of [
    [['--ca-file', '/no/such.pem'], {}, /--ca-file can't be read: .*\/no\/such\.pem/],
    [['--ca-file', empty], {}, /certificates of the authorities can't be used: PEM is expected/],
    [['--cert-file', empty], {}, /key is missing/],
    [[], { TATUSCAN_TOKEN_FILE: '/no/token' }, /TATUSCAN_TOKEN_FILE can't be read/],
    [[], { TATUSCAN_TOKEN_FILE: empty }, /TATUSCAN_TOKEN_FILE names the file .*, which is empty/],
    [[], { TATUSCAN_TOKEN: 'two\nlines' }, /token must be of printable ASCII/],
    [[], { HTTPS_PROXY: 'socks5://ana:secret@proxy' }, /proxy .* must look like http:\/\/proxy\.example\.com:3128; got "\*\*\*@proxy"/]
  ] as [string[], Record<string, string>, RegExp][]) {
    const { code, stderr } = await run(['daemon', ...url, ...args], env)
    t.is(code, 2, stderr)
    t.regex(stderr, /^tatuscan: [^\n]+\n$/)
    t.regex(stderr, message)
    t.notRegex(stderr, /secret|two/)
  }
})
