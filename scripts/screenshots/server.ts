import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { Pictured } from './fleet.ts'

const bin = fileURLToPath(new URL('../../cli/bin/tatuscan.js', import.meta.url))

export interface Served {
  readonly url: string
  end (): Promise<void>
}

/** The schemas of the collectors that come with TatuScan. */
export function builtInSchemas (): Record<string, object> {
  const collectors = JSON.parse(execFileSync(process.execPath, [bin, 'collectors', '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as { name: string, schema: object }[]
  return Object.fromEntries(collectors.map(({ name, schema }) => [name, schema]))
}

/** `tatuscan serve` as a process of its own, on a database in a folder. */
export async function serve (folder: string): Promise<Served> {
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0'], {
    env: { PATH: process.env.PATH, HOME: folder, TATUSCAN_DB_DIR: folder, TATUSCAN_STATE_DIR: join(folder, 'state'), TATUSCAN_AUTH: 'none', TIMEZONE: 'America/Cuiaba' },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  for await (const line of createInterface(child.stderr)) {
    const url = /TatuScan is at (http:\/\/[^ "]+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stderr.resume()
    return {
      url,
      async end () {
        child.kill('SIGTERM')
        if (child.exitCode === null) await once(child, 'close')
      }
    }
  }
  throw new Error('the server did not start')
}

/** Reports for machines as agents do. */
export async function report (url: string, machines: readonly Pictured[]): Promise<void> {
  for (let start = 0; start < machines.length; start += 100) {
    const body = JSON.stringify(machines.slice(start, start + 100).map(({ report }) => report))
    const answer = await fetch(`${url}/api/reports`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { results } = await answer.json() as { results: { status: number, error?: string }[] }
    const refused = results.find(({ status }) => status >= 400)
    if (refused !== undefined) throw new Error(refused.error)
  }
}

/** Gives the machines their past, which no report can tell. The server is not running. */
export function age (file: string, machines: readonly Pictured[]): void {
  const database = new DatabaseSync(file)
  const set = database.prepare('update inventory set last_seen = ?, created_at = ?, updated_at = ?, computer_model = ?, computer_activation = ? where machine_id = ?')
  const now = Date.now()
  const before = (ms: number) => new Date(now - ms).toISOString()
  database.exec('begin')
  for (const { report: { machine_id }, silentFor, knownFor, model, inUseFor } of machines) {
    set.run(before(silentFor), before(Math.max(knownFor, silentFor)), before(silentFor), model, inUseFor === null ? null : before(inUseFor), machine_id)
  }
  const fail = database.prepare('update inventory set failures = ? where machine_id = ?')
  for (const { machine_id: id, failures } of database.prepare('select machine_id, failures from inventory where failures is not null').all()) {
    fail.run(JSON.stringify((JSON.parse(String(failures)) as object[]).map((failure) => ({ ...failure, failing_since: before(5 * 3_600_000) }))), String(id))
  }
  database.exec('commit')
  database.close()
}
