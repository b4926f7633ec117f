/**
 * The databases that tests run on: SQLite, and a PostgreSQL and a MySQL or MariaDB server, where they answer. Each test
 * gets a database of its own, which is dropped after it.
 */
import test, { type ExecutionContext } from 'ava'
import { createDatabase, kinds, run, servers, type Kind, type TestDatabase } from './create-database.ts'

export { createDatabase, kinds, type Kind, type TestDatabase }

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
