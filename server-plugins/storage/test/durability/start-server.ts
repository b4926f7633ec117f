import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface RunningServer {
  readonly url: string
  /** The end of what it wrote to its log. */
  errors (): string
  /** From the start of the process to its first answer, in milliseconds. */
  readonly readyAfter: number
  /** Ends it, SIGKILL being a crash; resolves when the process is gone. */
  end (signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

const running = new Set<ChildProcess>()

process.on('exit', () => { for (const server of running) server.kill('SIGKILL') }) // those of a test that failed

/** @param command what the server is run under, such as a tracer */
export async function startServer (database: string, { early = false, command = [] as readonly string[] } = {}): Promise<RunningServer> {
  const began = performance.now()
  const [file, ...args] = [...command, process.execPath, fileURLToPath(new URL('server.ts', import.meta.url)), database, '0', ...early ? ['early'] : []]
  const server = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(server)
  server.once('exit', () => running.delete(server))
  let errors = ''
  server.stderr.on('data', (chunk: Buffer) => { errors = (errors + String(chunk)).slice(-20_000) })
  const [url, pid] = await Promise.race([
    once(createInterface(server.stdout), 'line').then(([line]) => String(line).split(' ') as [string, string]),
    once(server, 'exit').then(([code]) => { throw new Error(`the server ended with ${code}: ${errors}`) })
  ])
  const gone = once(server, 'exit')
  for (const handle of [server, server.stdout as Socket, server.stderr as Socket]) handle.unref() // it keeps no run from its end
  return {
    url,
    errors: () => errors,
    readyAfter: performance.now() - began,
    async end (signal) {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.ref() // until it is gone
      process.kill(Number(pid), signal) // not what it is run under
      await gone
    }
  }
}
