import { createDatabase, kinds } from '../../server-plugins/storage/test/create-database.ts'
import { startServer } from '../../server-plugins/storage/test/durability/start-server.ts'

/** A server that takes what is sent. */
export interface Target {
  readonly name: string
  readonly url: string
  /** The last lines that it logged. */
  log? (): string
}

export interface Targets extends AsyncDisposable {
  readonly targets: readonly Target[]
  /** The databases that are not on this machine, and why. */
  readonly absent: readonly string[]
}

/** Starts a server on an empty database of each kind that there is on this machine; under `CI=true` all must be there. */
export async function openTargets (): Promise<Targets> {
  await using stack = new AsyncDisposableStack()
  const targets: Target[] = []
  const absent: string[] = []
  for (const kind of kinds) {
    const database = await createDatabase(kind).catch((error: Error) => {
      if (process.env.CI === 'true') throw error
      absent.push(`${kind}: ${error.message || String(error)}`)
    })
    if (database === undefined) continue
    stack.defer(async () => await database.drop())
    const server = await startServer(database.url)
    stack.defer(async () => await server.end('SIGTERM'))
    targets.push({ name: kind, url: server.url, log: server.errors })
  }
  const opened = stack.move()
  return { targets, absent, [Symbol.asyncDispose]: async () => await opened.disposeAsync() }
}
