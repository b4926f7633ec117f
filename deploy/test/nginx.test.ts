import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:tls'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { httpSink } from '@tatuscan/core/sinks'
import { sampleReport } from '@tatuscan/core/testing'
import { createDatabase } from '../../server-plugins/storage/test/create-database.ts'
import { bin } from '../../cli/test/run.ts'
import { folderOf, freePort, healthy, startProgram, testWith, until, type Started } from './processes.ts'

const nginx = '/usr/sbin/nginx'
const withNginx = testWith(nginx)
const source = (name: string) => fileURLToPath(new URL(`../nginx/${name}`, import.meta.url))

interface Site { readonly configuration: string, readonly url: string, readonly ca: string }

/** The site file of deploy/ with ports, servers and a certificate that a test may have, and everything else as it is. */
async function site (folder: string, upstreams: readonly number[], change = (text: string) => text): Promise<Site> {
  const [port, plain] = [await freePort(), await freePort()]
  const certificate = join(folder, 'tatuscan.pem')
  const key = join(folder, 'tatuscan.key')
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=tatuscan.example.com',
    '-addext', 'subjectAltName=DNS:tatuscan.example.com,IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  const mine = change(readFileSync(source('tatuscan.conf'), 'utf8'))
    .replaceAll(/^ *listen \[::\].*\n/gm, '')
    .replace('listen 80;', `listen 127.0.0.1:${plain};`).replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replace(/^( *server )127\.0\.0\.1:8040(.*)$/m, (_, before: string, after: string) => upstreams.map((upstream) => `${before}127.0.0.1:${upstream}${after}`).join('\n'))
    .replace('/etc/ssl/certs/tatuscan.pem', certificate).replace('/etc/ssl/private/tatuscan.key', key)
    .replaceAll('/etc/nginx/tatuscan-proxy.conf', source('tatuscan-proxy.conf'))
  for (const name of ['body', 'proxy', 'other']) mkdirSync(join(folder, name), { recursive: true })
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, `${userInfo().uid === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/other;
  uwsgi_temp_path ${folder}/other;
  scgi_temp_path ${folder}/other;
  ${mine}
}
`)
  return { configuration, url: `https://127.0.0.1:${port}`, ca: readFileSync(certificate, 'utf8') }
}

function serve (t: ExecutionContext, port: number, databaseUrl: string, folder: string, ...flags: readonly string[]): Started {
  const { PATH } = process.env
  const env = { PATH, HOME: folder, TATUSCAN_STATE_DIR: join(folder, 'state'), TATUSCAN_DATABASE_URL: databaseUrl, TATUSCAN_TRUST_PROXY: '127.0.0.1/32', TATUSCAN_PUBLIC_URL: 'https://tatuscan.example.com', TATUSCAN_AUTH: 'none' }
  return startProgram(t, process.execPath, [bin, 'serve', '--port', String(port), ...flags], { env })
}

async function get (url: string, ca: string): Promise<{ status: number, text: string }> {
  return await new Promise((resolve, reject) => {
    request(url, { ca, agent: false, headers: { host: 'tatuscan.example.com' } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => resolve({ status: answer.statusCode!, text })).on('error', reject)
    }).on('error', reject).end()
  })
}

withNginx('nginx finds no fault with the site file (needs nginx)', async (t) => {
  const { configuration } = await site(await folderOf(t), [8040])
  t.like(spawnSync(nginx, ['-t', '-c', configuration], { encoding: 'utf8' }), {
    status: 0,
    stderr: `nginx: the configuration file ${configuration} syntax is ok\nnginx: configuration file ${configuration} test is successful\n`
  })
  t.not(spawnSync(nginx, ['-t', '-c', (await site(await folderOf(t), [8040], (text) => text.replace('proxy_pass', 'proxy_past'))).configuration]).status, 0, 'nginx tells')
})

withNginx('two servers on one PostgreSQL are restarted in turn, and no failure reaches an agent (needs nginx)', async (t) => {
  const folder = await folderOf(t)
  const database = await createDatabase('postgresql')
  t.teardown(database.drop)
  const ports = [await freePort(), await freePort()] as const
  const servers = new Map(ports.map((port) => [port, serve(t, port, database.url, folder)]))
  for (const port of ports) await until(`the server: ${servers.get(port)!.output()}`, async () => await healthy(`http://127.0.0.1:${port}`))
  const { configuration, url, ca } = await site(folder, ports)
  const proxy = startProgram(t, nginx, ['-c', configuration])
  await until(`nginx: ${proxy.output()}`, async () => await get(`${url}/api/health`, ca).then(({ status }) => status === 200, () => false))

  const over = new AbortController()
  const failures: unknown[] = []
  let delivered = 0
  const agents = Array.from({ length: 12 }, async (_, number) => {
    const sink = httpSink({ url, ca, environment: {} })
    let last
    while (!over.signal.aborted) {
      const report = sampleReport({ hostname: `rolling-${number}` })
      await sink.write([report], { signal: AbortSignal.timeout(60_000) }).then(() => { delivered++ }, (error: unknown) => failures.push(error))
      last = report
    }
    await sink.close?.()
    return last!
  })
  for (const port of [...ports, ...ports]) {
    const before = delivered
    await until('reports', () => delivered > before + 50)
    const { child, exited, output } = servers.get(port)!
    child.kill('SIGTERM')
    t.is(await exited, 0, output())
    servers.set(port, serve(t, port, database.url, folder))
    await until(`the server: ${output()}`, async () => await healthy(`http://127.0.0.1:${port}`))
  }
  over.abort()
  const last = await Promise.all(agents)
  t.deepEqual(failures, [])
  t.log(`${delivered} reports`)
  const { items } = JSON.parse((await get(`${url}/api/machines?q=rolling-&sort=hostname`, ca)).text) as { items: { hostname: string, last_seen: string }[] }
  t.deepEqual(items.map(({ hostname }) => hostname).sort(), last.map(({ hostname }) => hostname).sort())
})

withNginx('under a prefix pages, their links and reports work, and a body of 4 MiB reaches the server (needs nginx)', async (t) => {
  const folder = await folderOf(t)
  const port = await freePort()
  const server = serve(t, port, `sqlite:${join(folder, 'test.db')}`, folder, '--prefix', '/inventory')
  await until(`the server: ${server.output()}`, async () => await healthy(`http://127.0.0.1:${port}/inventory`))
  const prefixed = (text: string) => text.replace(/ {4}location \/ \{[^}]+\}\n/, '').replaceAll(/^ {4}# (location|\}| {4})/gm, '    $1')
  const { configuration, url, ca } = await site(folder, [port], prefixed)
  const proxy = startProgram(t, nginx, ['-c', configuration])
  await until(`nginx: ${proxy.output()}`, async () => await get(`${url}/inventory/api/health`, ca).then(({ status }) => status === 200, () => false))

  const sink = httpSink({ url: `${url}/inventory`, ca, environment: {} })
  const large = { facts: { large: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`text_${index}`, 'x'.repeat(1000)])) } }
  const reports = Array.from({ length: 120 }, (_, index) => sampleReport({ hostname: `large-${index}`, ...large }))
  t.true(JSON.stringify(reports).length > 3_500_000)
  await sink.write(reports, { signal: AbortSignal.timeout(60_000) })
  await sink.close?.()

  const page = await get(`${url}/inventory/`, ca)
  t.is(page.status, 200)
  const links = [...page.text.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, link]) => new URL(link!.replaceAll('&amp;', '&'), `${url}/inventory/`).href).filter((link) => link.startsWith(url))
  t.true(links.length > 5)
  for (const link of new Set(links)) t.is((await get(link, ca)).status, 200, link)
})

withNginx('a connection that asks to be upgraded reaches the server as such (needs nginx)', async (t) => {
  const folder = await folderOf(t)
  const { createServer } = await import('node:http')
  const upstream = createServer().on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
  }).listen(0, '127.0.0.1')
  t.teardown(() => upstream.close())
  await until('a port', () => upstream.listening)
  const { configuration, url, ca } = await site(folder, [(upstream.address() as { port: number }).port])
  startProgram(t, nginx, ['-c', configuration])
  const answer = await until('an answer', async () => await new Promise<string | false>((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', ca }, () => {
      socket.write('GET /live HTTP/1.1\r\nHost: tatuscan.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    })
    socket.once('data', (chunk) => { socket.destroy(); resolve(String(chunk)) }).on('error', () => resolve(false))
  }))
  t.regex(answer, /^HTTP\/1\.1 101 /)
})
