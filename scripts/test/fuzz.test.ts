import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Fastify, { type FastifyInstance } from 'fastify'
import { api } from '@tatuscan/server-api'
import { ingest, type IngestOptions } from '@tatuscan/server-ingest'
import { storage } from '@tatuscan/server-storage'
import { fuzz } from '../fuzz/run.ts'
import { shrink } from '../fuzz/shrink.ts'
import { openTargets, type Target } from '../fuzz/targets.ts'

test.serial('5,000 generated and mutated bodies: no 5xx, no crash, the same verdicts and the same machines everywhere', async (t) => {
  await using opened = await openTargets()
  for (const why of opened.absent) t.log(`without ${why}`)
  for (const seed of [1, Date.now() % 2 ** 32]) {
    t.log(`seed ${seed}`)
    const { done, verdicts, machines, finding } = await fuzz({ targets: opened.targets, count: 2500, seed })
    t.is(finding, undefined, `npm run fuzz -- --count 2500 --seed ${seed}`)
    t.is(done, 2500)
    t.true(machines > 50)
    for (const verdict of ['200', '201', '400 TATUSCAN_INVALID_REQUEST', '413 TATUSCAN_TOO_LARGE', '415 TATUSCAN_UNSUPPORTED_MEDIA_TYPE', 'in a batch: 200', 'in a batch: 400 TATUSCAN_INVALID_REQUEST']) {
      t.true(verdicts.has(verdict), verdict)
    }
  }
})

async function open (t: ExecutionContext, name: string, { before = () => {}, ...options }: IngestOptions & { before?: (app: FastifyInstance) => void } = {}): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-fuzz-'))
  const app = Fastify({ forceCloseConnections: true })
  await app.register(storage, { url: `sqlite:${join(folder, 'test.db')}` })
  before(app)
  await app.register(ingest, options)
  await app.register(api)
  t.teardown(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })
  return { name, url: await app.listen({ port: 0, host: '127.0.0.1' }) }
}

test.serial('a server that answers 5xx is found, and the body that it can’t take is shown in its smallest form', async (t) => {
  const before = (app: FastifyInstance) => app.addHook('preValidation', async ({ body }) => { if (JSON.stringify(body ?? null).includes('日')) throw new Error('no such character') })
  const { finding } = await fuzz({ targets: [await open(t, 'sound'), await open(t, 'broken', { before })], count: 2000, seed: 1 })
  t.regex(finding!.what, /^broken answered 500/)
  t.is(finding!.sent!.body.toString(), finding!.sent!.path === '/api/machines' ? '"日"' : '["日"]')
  t.deepEqual(finding!.answers.map(({ status }) => status >= 500), [false, true])
})

test.serial('servers that answer differently are found', async (t) => {
  const { finding } = await fuzz({ targets: [await open(t, 'here'), await open(t, 'elsewhere', { timeZone: 'UTC' })], count: 2000, seed: 1 })
  t.regex(finding!.what, /differ/)
  t.regex(finding!.sent!.body.toString(), /computer_activation/)
})

test.serial('a server that lost something is found at the end', async (t) => {
  const before = (app: FastifyInstance) => {
    const { save } = app.machines
    app.machines.save = async (report) => await save({ ...report, interval_s: 60, failures: [] })
  }
  const { finding } = await fuzz({ targets: [await open(t, 'whole'), await open(t, 'forgetful', { before })], count: 200, seed: 1 })
  t.regex(finding!.what, /differ|read back/)
})

test.serial('a server that is gone is found', async (t) => {
  const { finding } = await fuzz({ targets: [{ name: 'gone', url: 'http://127.0.0.1:1' }], count: 10, seed: 1 })
  t.regex(finding!.what, /^gone: the connection died/)
})

test.serial('a body shrinks to what fails, whether it is JSON or not', async (t) => {
  const fails = (what: string) => async (body: Buffer) => body.includes(what)
  t.is((await shrink(Buffer.from(JSON.stringify({ a: [1, { b: 'xxyxx' }], c: 'z'.repeat(1000) })), fails('y'))).toString(), 'y')
  t.is((await shrink(Buffer.from(`{"a":${'['.repeat(100)}`), fails('[['))).toString(), '[[')
})
