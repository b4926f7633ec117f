/** Real processes of the tests: they end by the id that they were started under, with the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext, type TestFn } from 'ava'

/** A test that needs a program of the system: skipped where it is missing, except where everything must be there. */
export function testWith (...programs: readonly string[]): TestFn {
  return (programs.every((program) => existsSync(program)) || process.env.CI === 'true' ? test.serial : test.serial.skip) as TestFn
}

export async function folderOf (t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-deploy-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  return folder
}

export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export interface Started { readonly child: ChildProcess, readonly exited: Promise<number | null>, output (): string }

/** Starts a program whose end the test waits for. */
export function startProgram (t: ExecutionContext, file: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv, cwd?: string } = {}): Started {
  const child = spawn(file, [...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const impatience = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await exited
    clearTimeout(impatience)
  })
  return { child, exited, output: () => text }
}

/** Waits for a condition, however long a slow machine takes. */
export async function until<Value> (what: string, look: () => Promise<Value | undefined | false> | Value | undefined | false): Promise<Value> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await sleep(50)
  }
  throw new Error(`waited in vain: ${what}`)
}

/** Whether a server at this address answers that it is well. */
export async function healthy (url: string): Promise<boolean> {
  return await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5000) }).then(({ status }) => status === 200, () => false)
}
