import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Processes that were started and must not outlive this one. */
const running = new Set<number>()

/** Sees to it that a process goes when this one exits. Call {@link killTree} in any case. */
export function keepFromOutliving (pid: number): void {
  if (running.size === 0) process.on('exit', killAll)
  running.add(pid)
}

/**
 * Ends a process that leads a process group, everything in the group, and on Linux every descendant that is still
 * connected to it, though it made itself a group of its own. What was reparented to init before and left the group too,
 * as a daemon does, escapes. On Windows `taskkill /T` does the same.
 */
export function killTree (pid: number): void {
  if (running.delete(pid) && running.size === 0) process.off('exit', killAll)
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on('error', () => {}).unref()
    return
  }
  const descendants = descendantsOf(pid)
  kill(-pid)
  for (const descendant of descendants) {
    kill(-descendant)
    kill(descendant)
  }
}

/** Resident bytes of a process and its descendants, on Linux; 0 where that can't be told. */
export function residentBytes (pid: number): number {
  if (process.platform !== 'linux') return 0
  return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + Number(read(`/proc/${each}/statm`).split(' ')[1] ?? 0) * pageBytes, 0)
}

/** Pages of /proc/PID/statm: 4 KiB, but 16 or 64 on some ARM and POWER machines, where the kernel says so in its own figures. */
const pageBytes = Number(/^KernelPageSize:\s+(\d+) kB/m.exec(process.platform === 'linux' ? read('/proc/self/smaps').slice(0, 2000) : '')?.[1] ?? 4) * 1024

function killAll (): void {
  for (const pid of running) kill(-pid)
}

function kill (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it is gone already
}

function descendantsOf (pid: number): number[] {
  if (process.platform !== 'linux') return []
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const children = threadsOf(next).flatMap((thread) => read(`/proc/${next}/task/${thread}/children`).split(' ').filter(Boolean).map(Number))
    found.push(...children)
    queue.push(...children)
  }
  return found
}

function threadsOf (pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function read (file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // the process is gone, or the kernel doesn't tell
  }
}
