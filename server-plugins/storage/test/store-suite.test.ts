import Fastify from 'fastify'
import { testStore, type StoreFixture } from '@tatuscan/core/testing'
import { storage } from '../src/index.ts'
import { readDatabaseUrl } from '../src/database-url.ts'
import { createMachineStore } from '../src/machine-store.ts'
import { openDatabase } from '../src/open-database.ts'
import { defaultThresholds } from '../src/status.ts'
import { createDatabase, kinds, testOn, type Kind, type TestDatabase } from './databases.ts'

interface Fixture extends StoreFixture {
  readonly database: TestDatabase
}

/** How many databases may be open at once: all tests of a file start together, and a server takes some hundred connections. */
const room = { free: 8, waiting: [] as (() => void)[] }

async function enter (): Promise<void> {
  if (room.free > 0) room.free--
  else await new Promise<void>((resolve) => { room.waiting.push(resolve) })
}

function leave (): void {
  const next = room.waiting.shift()
  if (next === undefined) room.free++
  else next()
}

/** A store that does what is done for many machines from the first on. */
async function openLarge (url: string): Promise<StoreFixture> {
  const database = await openDatabase(readDatabaseUrl(url))
  const { drained, ...machines } = createMachineStore(database, defaultThresholds, { from: 0 })
  const close = async (): Promise<void> => {
    await drained()
    await database.close()
  }
  return { machines, close }
}

/** A server's store on a database. */
async function openOn (url: string): Promise<StoreFixture> {
  const app = Fastify()
  await app.register(storage, { url })
  return { machines: app.machines, close: async () => await app.close() }
}

async function open (kind: Kind, openStore = openOn): Promise<Fixture> {
  await enter()
  try {
    const database = await createDatabase(kind)
    return { ...await openStore(database.url), database, end: async () => await database.drop().finally(leave) }
  } catch (error) {
    leave()
    throw error
  }
}

for (const kind of kinds) {
  testStore(testOn(kind), kind, async () => await open(kind), { openAgain: async ({ database }) => await openOn(database.url) })
}

testStore(testOn('sqlite'), 'sqlite, as with many machines', async () => await open('sqlite', openLarge), { openAgain: async ({ database }) => await openLarge(database.url) })
