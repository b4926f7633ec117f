import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { run, start, type Finished } from '../run.ts'

export interface Served {
  readonly url: string
  /** A folder for the test's files. */
  readonly folder: string
  readonly pid: number
  /** Runs `tatuscan machines` against this server. */
  machines (...args: string[]): Promise<Finished>
  /** All machines that the server has, by hostname. */
  all (): Promise<any[]>
  /** Sends reports, one by one, so that a later one was seen later. */
  report (...reports: { readonly id: string, readonly hostname: string, readonly [field: string]: unknown }[]): Promise<void>
}

/** A machine's id, made of a short name for it. */
export const idOf = (name: string): string => createHash('sha256').update(name).digest('hex')

/** The whole server, on a database and a port of its own. */
export async function serve (t: ExecutionContext): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-machines-'))
  const running = start(['serve', '--port', '0'], { TATUSCAN_DB_DIR: folder, TIMEZONE: 'America/Cuiaba' })
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
    await rm(folder, { recursive: true })
  })
  let url: string | undefined
  for (let attempt = 0; url === undefined && attempt < 1200; attempt++) {
    if (running.child.exitCode !== null) throw new Error(`the server ended: ${running.stderr()}`)
    await sleep(50)
    url = /TatuScan is at (http:\/\/[^ ]+)/.exec(running.stderr())?.[1]
  }
  if (url === undefined) throw new Error('the server did not start')
  const served = url
  return {
    url,
    folder,
    pid: running.child.pid!,
    machines: async (...args) => await run(['machines', ...args, '--url', served]),
    all: async () => (await (await fetch(`${served}/api/machines`)).json() as { items: any[] }).items,
    async report (...reports) {
      for (const { id, ...rest } of reports) {
        const body = { machine_id: idOf(id), ip: null, os: 'linux', cpu_percent: null, memory_total_mb: null, ...rest }
        const { status } = await fetch(`${served}/api/machines`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
        if (status !== 201 && status !== 200) throw new Error(`the server answered ${status}`)
        await sleep(5)
      }
    }
  }
}
