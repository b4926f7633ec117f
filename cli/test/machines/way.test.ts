import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { connect, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { run } from '../run.ts'

async function listen (t: ExecutionContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => { server.once('listening', resolve) })
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

const nobody = JSON.stringify({ items: [], count: 0 })

test('machines asks an http server through the proxy, by its whole address with the query, and the server alone gets the token', async (t) => {
  const asked: string[] = []
  const proxy = await listen(t, http.createServer(({ url, headers }, answer) => {
    asked.push(`${url} ${headers.host} ${headers.authorization} ${headers['proxy-authorization']}`)
    answer.end(nobody)
  }))
  const { code, stderr } = await run(['machines', 'list', '--q', 'a&b', '--url', 'http://inventory.example.invalid/fleet'], {
    HTTP_PROXY: `http://ana:secret@127.0.0.1:${proxy}`, TATUSCAN_TOKEN: 'tst_x'
  })
  t.is(code, 0, stderr)
  t.deepEqual(asked, [`http://inventory.example.invalid/fleet/api/machines?q=a%26b&limit=1000 inventory.example.invalid Bearer tst_x Basic ${Buffer.from('ana:secret').toString('base64')}`])
})

test('machines asks an https server through a tunnel, trusts the authorities of --ca-file, and shows its own certificate', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-way-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'], { cwd: folder, stdio: 'pipe' })
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(join(folder, name)))
  const seen: (string | undefined)[] = []
  const server = await listen(t, https.createServer({ cert, key, ca: cert!, requestCert: true }, ({ url }, answer) => {
    seen.push(url)
    answer.end(nobody)
  }))
  let tunnels = 0
  const proxy = http.createServer().on('connect', ({ url }, socket) => {
    tunnels++
    const [host, port] = url!.split(':')
    const upstream = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    upstream.on('error', () => socket.destroy()).pipe(socket).on('error', () => upstream.destroy()).pipe(upstream)
  })
  const proxyPort = await listen(t, proxy)
  const list = async (env: Record<string, string>) => await run(['machines', 'list', '--url', `https://127.0.0.1:${server}`], env)
  const certificates = { TATUSCAN_CA_FILE: join(folder, 'cert.pem'), TATUSCAN_CERT_FILE: join(folder, 'cert.pem'), TATUSCAN_KEY_FILE: join(folder, 'key.pem') }
  const unknown = await list({ NO_PROXY: '*' })
  t.is(unknown.code, 1)
  t.regex(unknown.stderr, /could not be reached: self-signed certificate/)
  t.like(await list(certificates), { code: 0, stderr: '' })
  t.is(tunnels, 0)
  t.like(await list({ ...certificates, HTTPS_PROXY: `127.0.0.1:${proxyPort}` }), { code: 0, stderr: '' })
  t.is(tunnels, 1)
  t.deepEqual(seen, ['/api/machines?limit=1000', '/api/machines?limit=1000'])
  const refused = await list({ ...certificates, TATUSCAN_CA_FILE: join(folder, 'none.pem') })
  t.is(refused.code, 2)
  t.regex(refused.stderr, /--ca-file can't be read/)
})
