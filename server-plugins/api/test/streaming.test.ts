import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import type { FastifyInstance } from 'fastify'
import type { Machine } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import { serve, serveInstead } from './server.ts'

const routes = ['/api/machines', '/api/inventory', '/api/machines.csv']

async function ask (app: FastifyInstance, path: string): Promise<IncomingMessage> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const asked = request({ port: (app.server.address() as { port: number }).port, path }).end()
  const [answer] = await once(asked, 'response') as [IncomingMessage]
  return answer
}

/** A listing without end, which tells how much of it was read, and when the reading stopped. */
function endless (machines: Machine[]) {
  const watched = { portions: 0, ended: Promise.withResolvers<void>() }
  async function * stream (): AsyncGenerator<Machine[]> {
    try {
      for (;;) {
        watched.portions++
        yield machines
      }
    } finally {
      watched.ended.resolve()
    }
  }
  return { watched, stream }
}

/** Breaks a database while it is in use. */
function loseMachines (file: string): void {
  const other = new Sqlite(file)
  other.exec('alter table inventory rename to elsewhere')
  other.close()
}

/** A thousand times the same machine. */
async function aThousand (app: FastifyInstance): Promise<Machine[]> {
  const { machine } = await app.machines.save(sampleReport())
  return Array.from({ length: 1000 }, () => machine)
}

async function saveMachines (app: FastifyInstance, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, async (_, index) => await app.machines.save(sampleReport({ hostname: `m-${index}` }))))
}

for (const url of routes) {
  test.serial(`GET ${url}: an error before anything is sent is answered as one`, async (t) => {
    const app = await serve(t)
    loseMachines(app.file)
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url })
      t.is(answer.statusCode, 500)
      t.is(answer.headers['content-disposition'], undefined)
      t.regex(String(answer.headers['content-type']), /^application\/json/)
      if (method === 'GET') t.is(answer.json().code, 'TATUSCAN_INTERNAL')
    }
  })

  test.serial(`GET ${url}: an error in the middle cuts the connection, so that nobody takes it for the whole`, async (t) => {
    let file = ''
    const app = await serve(t, {}, async (host) => {
      host.addHook('onSend', async () => { loseMachines(file) }) // the first portion has been read, and nothing sent
    })
    file = app.file
    await saveMachines(app, 1001)
    const answer = await ask(app, url)
    t.is(answer.statusCode, 200)
    await t.throwsAsync(async () => { await answer.toArray() }, { message: 'aborted' })
    t.false(answer.complete)
  })

  test.serial(`GET ${url}: a client that goes away ends the reading`, async (t) => {
    const { watched, stream } = endless(await aThousand(await serve(t)))
    const app = await serveInstead(t, { stream })
    const answer = await ask(app, url)
    await once(answer, 'readable')
    answer.destroy()
    await watched.ended.promise
    t.pass()
  })

  test.serial(`GET ${url}: no more is read than the client takes`, async (t) => {
    const { watched, stream } = endless(await aThousand(await serve(t)))
    const app = await serveInstead(t, { stream })
    const answer = await ask(app, url) // and read nothing of it
    let [before, quiet] = [0, 0]
    while (quiet < 10) {
      await sleep(50)
      quiet = watched.portions === before ? quiet + 1 : 0
      before = watched.portions
      if (before > 300) return t.fail(`${before} portions were read for nobody`)
    }
    for (let taken = 0; watched.portions === before; taken++) {
      if (taken > 100_000) return t.fail('nothing was read any more')
      if (answer.read() === null) await once(answer, 'readable')
    }
    answer.destroy()
    await watched.ended.promise
    t.pass()
  })

  test.serial(`HEAD ${url}: reads the first portion alone`, async (t) => {
    const { watched, stream } = endless(await aThousand(await serve(t)))
    const app = await serveInstead(t, { stream })
    t.is((await app.inject({ method: 'HEAD', url })).statusCode, 200)
    await watched.ended.promise
    t.is(watched.portions, 1)
  })
}

test.serial('a store that always answers at once leaves turns of the event loop to others, all along', async (t) => {
  const machines = await aThousand(await serve(t))
  let [running, turns] = [true, 0]
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  const app = await serveInstead(t, {
    async * stream () {
      yield machines
      setImmediate(count)
      yield machines
      running = false
    }
  })
  t.is((await app.inject('/api/machines')).json().count, 2000)
  t.true(turns >= 10, `${turns} turns`)
})

test.serial('the count at the end of the listing is of the machines that are in it, whatever comes meanwhile', async (t) => {
  const app = await serve(t, {}, async (host) => {
    host.addHook('onSend', async () => { await host.machines.save(sampleReport({ hostname: 'zz-late' })) })
  })
  await saveMachines(app, 1500)
  const { items, count } = (await app.inject('/api/machines')).json()
  t.is(count, 1501)
  t.is(items.length, 1501)
})
