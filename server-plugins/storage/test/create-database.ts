/** Databases of one's own, for tests and benchmarks: SQLite's in a folder of its own, others on a server that answers. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'

/** Servers on which databases may be made and dropped. */
export const servers = {
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

export async function run (kind: Exclude<Kind, 'sqlite'>, url: string, sql: string): Promise<unknown[]> {
  if (kind === 'mysql') {
    const connection = await mysql.createConnection({ uri: url, connectTimeout: 20_000, dateStrings: true })
    try {
      const [rows] = await connection.query(sql)
      return Array.isArray(rows) ? rows : []
    } finally {
      await connection.end()
    }
  }
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
