/**
 * The databases that tests run on: SQLite, and a PostgreSQL and a MySQL or MariaDB server, where they answer. Each test
 * gets a database of its own, which is dropped after it.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import mysql from 'mysql2/promise'
import pg from 'pg'

/** Servers on which tests may make databases. */
const servers = {
  postgresql: process.env.TATUSCAN_TEST_POSTGRESQL ?? 'postgresql://postgres@127.0.0.1:5432/test',
  mysql: process.env.TATUSCAN_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306/test'
}

export interface TestDatabase {
  readonly kind: 'sqlite' | 'postgresql' | 'mysql'
  readonly url: string
  /** Runs SQL as a client of the test's own, and gives its rows. */
  query<Row = Record<string, unknown>> (sql: string): Promise<Row[]>
  drop (): Promise<void>
}

export type Kind = TestDatabase['kind']
export const kinds: readonly Kind[] = ['sqlite', 'postgresql', 'mysql']

/** Makes an empty database. */
export async function createDatabase (kind: Kind): Promise<TestDatabase> {
  if (kind === 'sqlite') return await createSqlite()
  const name = `tatuscan_test_${randomBytes(6).toString('hex')}`
  await run(kind, servers[kind], `create database ${name}`)
  const url = Object.assign(new URL(servers[kind]), { pathname: name }).href
  return {
    kind,
    url,
    query: async (sql) => await run(kind, url, sql) as never,
    drop: async () => { await run(kind, servers[kind], kind === 'mysql' ? `drop database ${name}` : `drop database ${name} with (force)`) }
  }
}

async function createSqlite (): Promise<TestDatabase> {
  const { default: Sqlite } = await import('better-sqlite3')
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-storage-'))
  const file = join(folder, 'test.db')
  return {
    kind: 'sqlite',
    url: `sqlite:${file}`,
    async query (sql) {
      const database = new Sqlite(file)
      try {
        const statement = database.prepare(sql)
        return (statement.reader ? statement.all() : (statement.run(), [])) as never
      } finally {
        database.close()
      }
    },
    drop: async () => await rm(folder, { recursive: true })
  }
}

async function run (kind: Exclude<Kind, 'sqlite'>, url: string, sql: string): Promise<unknown[]> {
  if (kind === 'mysql') {
    const connection = await mysql.createConnection({ uri: url, connectTimeout: 3000, dateStrings: true })
    try {
      const [rows] = await connection.query(sql)
      return Array.isArray(rows) ? rows : []
    } finally {
      await connection.end()
    }
  }
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Why a database can't be tested on this machine; undefined where it can. */
const absent = new Map(await Promise.all(kinds.map(async (kind) => {
  if (kind === 'sqlite') return [kind, undefined] as const
  return [kind, await run(kind, servers[kind], 'select 1').then(() => undefined, (error: Error) => error.message || String(error))] as const
})))

/**
 * Declares a test on each database. Where a server doesn't answer its tests are skipped and say so; under `CI=true` that
 * is a failure.
 */
export function onEach (title: string, body: (t: ExecutionContext, database: TestDatabase) => Promise<void>, only: readonly Kind[] = kinds): void {
  for (const kind of only) {
    const why = absent.get(kind)
    if (why !== undefined && process.env.CI !== 'true') {
      test.skip(`${kind}: ${title} (there is no server at ${servers[kind as 'mysql']}: ${why})`, () => {})
      continue
    }
    test(`${kind}: ${title}`, async (t) => {
      const database = await createDatabase(kind)
      t.teardown(async () => await database.drop())
      await body(t, database)
    })
  }
}
