import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface BenchServer {
  readonly url: string
  /** Resident memory now, and the most that it ever was, in MiB. */
  memory (): { now: number, most: number }
  /** The time that it has had a processor, in milliseconds: whatever else the machine does. */
  cpu (): number
  /** Processor time so far, of all its threads, in seconds. */
  processor (): number
  end (): Promise<void>
}

/** @param mode `bare`; a database URL; or `whole` and one */
export async function runServer (...mode: string[]): Promise<BenchServer> {
  const server = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url)), ...mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(server.stdout, 'data') as [Buffer]
  return benchServer(server, String(line).trim())
}

/** Runs `tatuscan serve` itself on a database, which asks nobody who they are. */
export async function runServe (databaseUrl: string): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-bench-'))
  const server = spawn(process.execPath, [fileURLToPath(new URL('../cli/bin/tatuscan.js', import.meta.url)), 'serve', '--auth', 'none', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, TATUSCAN_DATABASE_URL: databaseUrl, TATUSCAN_DB_DIR: folder }
  })
  server.on('close', () => { rm(folder, { recursive: true }).catch(() => {}) })
  for await (const line of createInterface(server.stderr)) {
    const url = /TatuScan is at (\S+)/.exec(line)?.[1]
    if (url !== undefined) return benchServer(server, url)
  }
  throw new Error('tatuscan serve did not start')
}

function benchServer (server: ChildProcess, url: string): BenchServer {
  return {
    url,
    memory () {
      const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
      const mebibytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024
      return { now: mebibytes('VmRSS'), most: mebibytes('VmHWM') }
    },
    cpu () {
      const [user, system] = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13).map(Number)
      return (user! + system!) * 10
    },
    processor () {
      const [user, system] = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13)
      return (Number(user) + Number(system)) / 100
    },
    async end () {
      server.kill('SIGTERM')
      await once(server, 'close')
    }
  }
}
