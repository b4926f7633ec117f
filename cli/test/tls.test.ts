import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type RequestOptions } from 'node:https'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { connectionsOf } from '@tatuscan/core'
import { freePort } from '../../deploy/test/processes.ts'
import { readTlsFiles } from '../src/server-tls.ts'
import { run, start, type Running } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'tatuscan-certificates-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = (name: string) => join(folder, name)
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })

/** An authority, and certificates that it gives: two of a server at localhost, one of an agent. */
openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=Authority', '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2')
writeFileSync(file('san.cnf'), 'subjectAltName=DNS:localhost\n')
for (const name of ['server', 'renewed', 'agent']) {
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san.cnf', '-out', `${name}.crt`)
}

async function until<Value> (what: string, look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  const end = Date.now() + 60_000
  while (Date.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error(`waited in vain: ${what}`)
}

async function serve (t: ExecutionContext, flags: readonly string[]): Promise<Running & { readonly url: string }> {
  const data = await mkdtemp(join(tmpdir(), 'tatuscan-tls-'))
  const running = start(['serve', '--port', '0', ...flags], { TATUSCAN_DB_DIR: data, TATUSCAN_AUTH: 'none' })
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
    await rm(data, { recursive: true })
  })
  const port = await until('the start line', () => {
    if (running.child.exitCode !== null) throw new Error(`the server ended: ${running.stderr()}`)
    return /TatuScan is at https:\/\/127\.0\.0\.1:(\d+)/.exec(running.stderr())?.[1]
  })
  return { ...running, url: `https://localhost:${port}` }
}

const authority = readFileSync(file('ca.crt'))

async function get (url: string, options: RequestOptions = {}): Promise<{ status: number, headers: Record<string, unknown>, body: any, name: string }> {
  return await new Promise((resolve, reject) => {
    request(url, { ca: authority, agent: false, ...options }, (answer) => {
      let text = ''
      const name = String((answer.socket as TLSSocket).getPeerCertificate().subject?.CN)
      answer.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
        .on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text, name }))
    }).on('error', reject).end()
  })
}

const own = ['--tls-cert-file', file('server.crt'), '--tls-key-file', file('server.key')]

test.serial('the server speaks TLS with its certificate, an agent that knows the authority reports, and browsers are told to stay with TLS', async (t) => {
  const { url } = await serve(t, own)
  t.is((await run(['collect', '--send', '--url', url])).code, 3, 'nobody vouches for it')
  t.like(await run(['collect', '--send', '--url', url, '--ca-file', file('ca.crt')]), { code: 0, stderr: '' })
  const { body } = await get(`${url}/api/machines`)
  t.is(body.items[0].hostname, hostname())
  const page = await get(`${url}/`)
  t.is(page.status, 200)
  t.is(page.headers['strict-transport-security'], 'max-age=31536000')
  await t.throwsAsync(fetch(url.replace('https:', 'http:')))
})

test.serial('service status --here asks the server of its own environment and configuration file, by TLS, below its prefix, also where clients need a certificate', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'tatuscan-here-'))
  const config = join(data, 'tatuscan.config.js')
  writeFileSync(config, `export default ${JSON.stringify({ server: { prefix: '/fleet', tlsKeyFile: file('server.key') } })}\n`)
  const port = await freePort()
  const environment = { TATUSCAN_CONFIG: config, TATUSCAN_PORT: String(port), TATUSCAN_HOST: '127.0.0.1', TATUSCAN_TLS_CERT_FILE: file('server.crt'), TATUSCAN_TLS_CLIENT_CA_FILE: file('ca.crt') }
  const here = async () => await run(['service', 'status', 'server', '--here'], environment)
  t.like(await here(), { code: 1, stdout: `https://127.0.0.1:${port}/fleet: not reached: connect ECONNREFUSED 127.0.0.1:${port}\n` })
  const running = start(['serve'], { ...environment, TATUSCAN_DB_DIR: data })
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
    await rm(data, { recursive: true })
  })
  await until('the start line', () => running.stderr().includes('TatuScan is at') || undefined)
  t.like(await here(), { code: 0, stdout: `https://127.0.0.1:${port}/fleet: healthy\n`, stderr: '' })
  t.like(await run(['service', 'status', 'server', '--here'], { ...environment, TATUSCAN_PREFIX: '/other' }), { code: 1, stdout: `https://127.0.0.1:${port}/other: not healthy, it answered 404\n` })
})

test.serial('where clients need a certificate, an agent with one reports, and nobody else gets as far as a request', async (t) => {
  const { url } = await serve(t, [...own, '--tls-client-ca-file', file('ca.crt')])
  const vouched = ['collect', '--send', '--url', url, '--ca-file', file('ca.crt')]
  t.is((await run(vouched)).code, 3)
  t.like(await run([...vouched, '--cert-file', file('agent.crt'), '--key-file', file('agent.key')]), { code: 0, stderr: '' })
  await t.throwsAsync(get(`${url}/api/health`))
  const client = { cert: readFileSync(file('agent.crt')), key: readFileSync(file('agent.key')) }
  t.is((await get(`${url}/api/machines`, client)).body.count, 1)
})

test.serial('a renewed certificate is taken on SIGHUP; one that can’t be used is not, and the server goes on', async (t) => {
  const [cert, key] = [file('current.crt'), file('current.key')]
  await copyFile(file('server.crt'), cert)
  await copyFile(file('server.key'), key)
  const { url, child, stderr } = await serve(t, ['--tls-cert-file', cert, '--tls-key-file', key])
  t.is((await get(`${url}/api/health`)).name, 'server')
  writeFileSync(cert, 'no certificate')
  child.kill('SIGHUP')
  await until('the warning', () => stderr().includes('the certificate stays as it was') || undefined)
  t.is((await get(`${url}/api/health`)).name, 'server')
  await copyFile(file('renewed.crt'), cert)
  await copyFile(file('renewed.key'), key)
  child.kill('SIGHUP')
  await until('the new certificate', async () => (await get(`${url}/api/health`)).name === 'renewed' || undefined)
  t.pass()
})

test.serial('the local agent of a server that speaks TLS reports too', async (t) => {
  const { url } = await serve(t, ['--agent', ...own, '--tls-client-ca-file', file('ca.crt')])
  const client = { cert: readFileSync(file('agent.crt')), key: readFileSync(file('agent.key')) }
  t.is(await until('a machine', async () => (await get(`${url}/api/machines`, client)).body.items[0]?.hostname), hostname())
})

test('a certificate without its key, or that can’t be used, ends the start with 2 and one line', async (t) => {
  writeFileSync(file('empty'), '')
  for (const [flags, line] of [
    [own.slice(0, 2), /TLS needs a certificate and its key: --tls-key-file is missing/],
    [['--tls-cert-file', file('none'), ...own.slice(2)], /--tls-cert-file .*none can't be used: ENOENT/],
    [['--tls-cert-file', file('agent.crt'), ...own.slice(2)], /can't be used/],
    [[...own, '--tls-client-ca-file', file('empty')], /--tls-client-ca-file .*empty can't be used: it holds no certificate in PEM form/]
  ] as const) {
    const { code, stderr } = await run(['serve', '--port', '0', ...flags], { TATUSCAN_DB_DIR: join(folder, 'data') })
    t.is(code, 2)
    t.regex(stderr, line)
    t.is(stderr.trim().split('\n').length, 1, stderr)
  }
})

test.serial('authorities that are emptied or cut short while the server runs are warned of, and the old ones still decide who gets in', async (t) => {
  const ca = file('current-ca.crt')
  const client = { cert: readFileSync(file('agent.crt')), key: readFileSync(file('agent.key')) }
  await copyFile(file('ca.crt'), ca)
  const { url, child, stderr } = await serve(t, [...own, '--tls-client-ca-file', ca])
  for (const [text, reason] of [['', 'it holds no certificate in PEM form'], [String(authority).slice(0, 200), 'PEM routines']] as const) {
    writeFileSync(ca, text)
    child.kill('SIGHUP')
    await until('the warning', () => (stderr().includes('the certificate stays as it was: --tls-client-ca-file') && stderr().includes(reason)) || undefined)
    t.is((await get(`${url}/api/health`, client)).status, 200)
    await t.throwsAsync(get(`${url}/api/health`))
  }
})

test('a file that is empty, or holds something else than it should, is told by its flag', (t) => {
  const files = { certFile: file('server.crt'), keyFile: file('server.key'), clientCaFile: file('ca.crt') }
  t.like(readTlsFiles(files), { requestCert: true, rejectUnauthorized: true })
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  for (const [index, text] of ['', '\n', 'garbage', broken, String(authority) + broken, String(authority) + String(authority).slice(0, 200)].entries()) {
    const wrong = file(`wrong-${index}`)
    writeFileSync(wrong, text)
    for (const [name, flag] of [['certFile', '--tls-cert-file'], ['keyFile', '--tls-key-file'], ['clientCaFile', '--tls-client-ca-file']] as const) {
      const { message } = t.throws(() => readTlsFiles({ ...files, [name]: wrong }), { code: 'TATUSCAN_INVALID_OPTION' }, `${name} ${index}`)
      t.true(message.startsWith(`${flag} ${wrong} can't be used: `), message)
    }
  }
  writeFileSync(file('two.crt'), `The authority:\n${authority}and another:\r\n${authority}`)
  t.notThrows(() => readTlsFiles({ ...files, clientCaFile: file('two.crt') }))
})

test('what is asked for under TLS is found by its connection too, while it comes and until it is answered', async (t) => {
  const server = createServer({ key: readFileSync(file('server.key')), cert: readFileSync(file('server.crt')) })
  const connections = connectionsOf(server)
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  server.on('request', (incoming, answer) => {
    resolve()
    incoming.resume().on('end', () => answer.end())
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const client = request({ port, host: '127.0.0.1', method: 'POST', ca: readFileSync(file('ca.crt')), servername: 'localhost', headers: { 'content-length': 2 } })
  const answered = new Promise<void>((resolve) => { client.on('response', (answer) => answer.resume().on('end', () => resolve())) })
  client.write('a')
  await asked
  t.deepEqual([connections.openAnswers().length, connections.comingRequests().length], [1, 1])
  client.end('b')
  await answered
  await until('nothing is open', () => connections.openAnswers().length + connections.comingRequests().length === 0 || undefined)
})
