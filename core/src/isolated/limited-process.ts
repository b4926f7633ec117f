import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { TatuScanError, type ErrorCode } from '../errors.ts'
import { keepFromOutliving, killTree, residentBytes } from './process-tree.ts'

/** What a process may take before it is killed. */
export interface LimitedProcessOptions {
  readonly command: string
  readonly args?: readonly string[]
  readonly cwd?: string
  readonly env: NodeJS.ProcessEnv
  /** Ends the process, and everything that it started, at once. */
  readonly signal: AbortSignal
  /** Where it answers: on stdout until it ends, or one line on a pipe of its own. */
  readonly answerOn: 'stdout' | 'fd3'
  /** How long an answer may be. */
  readonly answerBytes: number
  /** How much it may write elsewhere. @default 1048576 */
  readonly noiseBytes?: number
  /** How much memory it and its children may hold; watched on Linux alone. */
  readonly memoryBytes?: number
  /** Seconds of CPU that it may use, also when this process is gone. @default 60 */
  readonly cpuSeconds?: number
  /** Told of the beginning of what it writes elsewhere. */
  readonly onNoise?: (bytes: Buffer) => void
  /** On Windows: leave the arguments as they are. */
  readonly windowsVerbatimArguments?: boolean
}

/** How a process ended, or that it was ended once it had answered. */
export interface EndedProcess {
  readonly answer: Buffer
  /** The beginning of what it wrote elsewhere. */
  readonly noise: string
  /** Null where a signal ended it, or we did. */
  readonly code: number | null
  readonly killedBy: NodeJS.Signals | null
}

/** How much of the noise is passed on and kept. */
const noiseKept = 16 * 1024

/** How long pipes may stay open after the process is gone, held by something that left its group. */
const drainMs = 200

/** Between two looks at the memory. */
const watchMs = 50

/**
 * Set by a shell, which then becomes the command: no core files; seconds of CPU that the kernel counts, so that an
 * endless loop ends even if nobody is left to end it; on Linux, the first to go where the machine runs out of memory.
 */
const limitingShell = '/bin/sh'
const setLimits = '{ ulimit -c 0; ulimit -t "$0"; echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null; exec "$@"'

/**
 * Runs a process that may do whatever it likes, within limits, and leaves nothing of it behind: once it has answered,
 * ended, gone over a limit or overstayed, its whole process group is killed.
 *
 * @throws {TatuScanError} TATUSCAN_COLLECTOR_OUTPUT, TATUSCAN_COLLECTOR_MEMORY
 * @throws the signal's reason, once it aborts; the system's error where the command can't be started
 */
export async function runLimited ({
  command, args = [], cwd, env, signal, answerOn, answerBytes, noiseBytes = 1024 * 1024, memoryBytes = Infinity, cpuSeconds = 60, onNoise, windowsVerbatimArguments = false
}: LimitedProcessOptions): Promise<EndedProcess> {
  signal.throwIfAborted()
  const windows = process.platform === 'win32'
  const shell = !windows && existsSync(limitingShell)
  const child = spawn(shell ? limitingShell : command, shell ? ['-c', setLimits, String(cpuSeconds), command, ...args] : args, {
    cwd,
    env,
    detached: !windows,
    windowsHide: true,
    windowsVerbatimArguments,
    stdio: answerOn === 'fd3' ? ['pipe', 'pipe', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe'] // a stdin that is a pipe ends when this process does
  })
  const { pid } = child
  const { promise, resolve, reject } = Promise.withResolvers<EndedProcess>()
  const answer: Buffer[] = []
  const noise: Buffer[] = []
  let answered = 0
  let noisy = 0
  const ended = (code: number | null = null, killedBy: NodeJS.Signals | null = null): void =>
    resolve({ answer: Buffer.concat(answer), noise: Buffer.concat(noise).toString(), code, killedBy })
  const over = (code: ErrorCode, message: string): void => reject(new TatuScanError(code, message))

  const hear = (bytes: Buffer): void => {
    answered += bytes.length
    if (answered > answerBytes) return over('TATUSCAN_COLLECTOR_OUTPUT', `answered more than ${answerBytes} bytes and was ended`)
    answer.push(bytes)
    if (answerOn === 'fd3' && bytes.includes(0x0a)) ended()
  }
  const overhear = (bytes: Buffer): void => {
    const kept = bytes.subarray(0, Math.max(0, noiseKept - noisy))
    noisy += bytes.length
    if (kept.length > 0) {
      noise.push(kept)
      onNoise?.(kept)
    }
    if (noisy > noiseBytes) over('TATUSCAN_COLLECTOR_OUTPUT', `wrote more than ${noiseBytes} bytes of output and was ended`)
  }
  const streams = child.stdio.map((stream, fd) => {
    stream?.on('error', () => {}) // the other end may do what it likes
    if (fd > 0) (stream as Readable).on('data', fd === (answerOn === 'fd3' ? 3 : 1) ? hear : overhear)
    return stream
  })

  const stop = (): void => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  child.on('error', reject)
  let draining: NodeJS.Timeout | undefined
  let watch: NodeJS.Timeout | undefined
  child.on('exit', (code, killedBy) => {
    if (pid !== undefined) killTree(pid) // what it left behind may hold the pipes
    child.once('close', () => ended(code, killedBy))
    draining = setTimeout(() => ended(code, killedBy), drainMs)
  })
  if (pid !== undefined) {
    keepFromOutliving(pid)
    if (Number.isFinite(memoryBytes)) {
      watch = setInterval(() => {
        const bytes = residentBytes(pid)
        if (bytes > memoryBytes) over('TATUSCAN_COLLECTOR_MEMORY', `held ${Math.round(bytes / 2 ** 20)} MiB of memory, more than the ${Math.round(memoryBytes / 2 ** 20)} MiB it may, and was ended`)
      }, watchMs)
    }
  }
  try {
    return await promise
  } finally {
    clearInterval(watch)
    clearTimeout(draining)
    signal.removeEventListener('abort', stop)
    if (pid !== undefined && child.exitCode === null && child.signalCode === null) killTree(pid)
    for (const stream of streams) stream?.destroy()
    child.unref()
  }
}
