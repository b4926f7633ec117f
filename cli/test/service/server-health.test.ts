import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { createDatabase } from '../../../server-plugins/storage/test/create-database.ts'
import { run } from '../run.ts'

test('service status --url tells a server that is well, one that isn’t, and none at all apart', async (t) => {
  let status = 200
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(status).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  t.deepEqual(await run(['service', 'status', 'server', '--url', `${url}/fleet/`]), { code: 0, stdout: `${url}/fleet/: healthy\n`, stderr: '' })
  status = 500
  const ill = await run(['service', 'status', '--url', url, '--json'], { TATUSCAN_URL: 'http://127.0.0.1:1' })
  t.is(ill.code, 1)
  t.deepEqual(JSON.parse(ill.stdout), { url, healthy: false, detail: 'not healthy, it answered 500' })
  t.deepEqual(asked, ['/fleet/api/health', '/api/health'])
  server.close()
  await once(server, 'close')
  const gone = await run(['service', 'status', 'server', '--url', url])
  t.is(gone.code, 1)
  t.regex(gone.stdout, /: not reached: .*ECONNREFUSED/)
  t.is((await run(['service', 'status', 'server', '--url', 'localhost:8040'])).code, 2)
  t.is((await run(['service', 'status', 'agent', '--url', url])).code, 2)
  t.is((await run(['service', 'status', 'agent', '--here'])).code, 2)
  t.is((await run(['service', 'status', '--here', '--url', url])).code, 2)
})

test('service status --url names the server without the user and the password that it asks with', async (t) => {
  let who: string | undefined
  const server = createServer((request, response) => {
    who = request.headers.authorization
    response.end('{}')
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as { port: number }).port}`
  t.deepEqual(await run(['service', 'status', 'server', '--url', `http://ana:S3c@ret@${host}/fleet?x=a@b`]), { code: 0, stdout: `http://${host}/fleet?x=a@b: healthy\n`, stderr: '' })
  t.is(who, `Basic ${Buffer.from('ana:S3c@ret').toString('base64')}`)
  const gone = await run(['service', 'status', 'server', '--url', 'http://ana:S3cret@127.0.0.1:1', '--json'])
  t.is(gone.code, 1)
  t.is(JSON.parse(gone.stdout).url, 'http://127.0.0.1:1')
  for (const url of ['htp://ana:S3cret@127.0.0.1', 'http://ana:S3cret@127.0.0.1:99999']) t.notRegex((await run(['service', 'status', 'server', '--url', url])).stderr, /S3cret/)
})

test('serve --migrate-only makes the tables, listens on nothing and ends; on what it can’t use it ends with 2', async (t) => {
  const database = await createDatabase('sqlite')
  t.teardown(database.drop)
  const { code, stderr } = await run(['serve', '--migrate-only'], { TATUSCAN_DATABASE_URL: database.url })
  t.is(code, 0, stderr)
  t.regex(stderr, /the database sqlite:\S+ is up to date/)
  t.notRegex(stderr, /TatuScan is at/)
  t.deepEqual(await database.query('select count(*) as machines from inventory'), [{ machines: 0 }])
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-migrate-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  t.is((await run(['serve', '--migrate-only'], { TATUSCAN_DATABASE_URL: `sqlite:${folder}` })).code, 2)
})
