import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The command line's own script. */
export const bin = fileURLToPath(new URL('../bin/tatuscan.js', import.meta.url))

export interface Finished { readonly code: number | null, readonly stdout: string, readonly stderr: string }

export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** What stderr holds so far. */
  stderr (): string
}

/** The state folder of every process that is given none: this machine's own is not for tests. */
const state = mkdtempSync(join(tmpdir(), 'tatuscan-state-'))
process.on('exit', () => rmSync(state, { recursive: true, force: true }))
let started = 0

/**
 * Starts the real command line as a process, with these flags and, beside PATH and HOME, only this environment. Unless
 * it says otherwise each process has a state folder of its own, and a server asks nobody who they are.
 */
export function start (args: readonly string[], env: Record<string, string> = {}): Running {
  const { PATH, HOME = '/tmp' } = process.env
  const child = spawn(process.execPath, [bin, ...args], { env: { PATH, HOME, TATUSCAN_AUTH: 'none', TATUSCAN_STATE_DIR: join(state, String(++started)), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (chunk: string) => { text[stream] += chunk })
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, ...text }))
  return { child, finished, stderr: () => text.stderr }
}

/** Runs the real command line to its end. */
export async function run (args: readonly string[], env?: Record<string, string>): Promise<Finished> {
  return await start(args, env).finished
}
