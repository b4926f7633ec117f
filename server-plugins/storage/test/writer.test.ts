import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import test from 'ava'
import Fastify from 'fastify'
import { sampleReport } from '@tatuscan/core/testing'
import { storage } from '../src/index.ts'
import { createBatches } from '../src/batches.ts'
import { onEach } from './databases.ts'

const threads: Worker[] = []
process.on('worker', (thread) => threads.push(thread))

onEach('few reports are written without a thread; many in one of their own on SQLite, which costs no report where it dies, and is replaced', async (t, { url, kind }) => {
  t.timeout(120_000)
  const app = Fastify()
  await app.register(storage, { url })
  t.teardown(async () => await app.close())
  threads.length = 0
  let number = 0
  /** A report of each machine, which is that of the highest number then. */
  async function report (machines: number): Promise<void> {
    number++
    await Promise.all(Array.from({ length: machines }, async (_, index) => await app.machines.save(sampleReport({ hostname: `m${index}`, memory_used_mb: number }))))
    const { machines: found } = await app.machines.list({ limit: 1000 })
    t.is(found.filter(({ memory_used_mb: used }) => used === number).length, machines)
  }

  for (let few = 0; few < 3; few++) await report(4)
  t.is(threads.length, 0)
  if (kind !== 'sqlite') {
    for (let many = 0; many < 3; many++) await report(64)
    t.is(threads.length, 0)
    return
  }
  for (const expected of [1, 2]) {
    while (threads.length < expected) await report(64)
    await once(threads[expected - 1]!, 'message') // it is ready, and then has written
    await report(64)
    const [ended] = await Promise.all([threads[expected - 1]!.terminate(), report(64)])
    t.is(ended, 1)
  }
}, undefined, test.serial)

test.serial('where many come at once half of them are written while the other half gathers, as long as that takes time enough', async (t) => {
  const sizes: number[] = []
  let slow = false
  const { add, drained } = createBatches(async (items: readonly number[]) => {
    sizes.push(items.length)
    await new Promise((resolve) => setTimeout(resolve, slow ? 50 : 2))
    return items
  })
  const stopping = new AbortController()
  const work = (ms: number): void => { for (const end = performance.now() + ms; performance.now() < end;); }
  const clients = Array.from({ length: 64 }, async (_, client) => {
    while (!stopping.signal.aborted) {
      await add(client)
      work(0.1)
    }
  })
  while (!sizes.slice(-20).includes(32)) await new Promise((resolve) => setTimeout(resolve, 10))
  slow = true
  const quick = sizes.length
  while (sizes.length < quick + 10) await new Promise((resolve) => setTimeout(resolve, 10))
  t.is(Math.max(...sizes.slice(quick + 3)), 64, sizes.join(' '))
  stopping.abort()
  await Promise.all(clients)
  await drained()
})
