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

/** The databases that there are on this machine; under `CI=true` all that there should be. */
export const reachable: readonly Kind[] = kinds.filter((kind) => absent.get(kind) === undefined || process.env.CI === 'true')

/**
 * Declares tests on a database. Where its server doesn't answer they are skipped and say so; under `CI=true` that is a failure.
 *
 * @param declare `test.serial` for tests that spawn processes, one of which is enough at a time
 */
export function testOn (kind: Kind, declare: typeof test | typeof test.serial = test): (title: string, body: (t: ExecutionContext) => Promise<void>) => void {
  const why = absent.get(kind)
  return (title, body) => {
    if (why === undefined || process.env.CI === 'true') declare(title, body)
    else test.skip(`${title} (there is no server at ${servers[kind as 'mysql']}: ${why})`, () => {})
  }
}

/** Declares a test on each database, which it gets empty. */
export function onEach (
  title: string, body: (t: ExecutionContext, database: TestDatabase) => Promise<void>, only: readonly Kind[] = kinds, declare: typeof test | typeof test.serial = test
): void {
  for (const kind of only) {
    testOn(kind, declare)(`${kind}: ${title}`, async (t) => {
      const database = await createDatabase(kind)
      t.teardown(async () => await database.drop())
      await body(t, database)
    })
  }
}
