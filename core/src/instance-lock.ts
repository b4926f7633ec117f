import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { TatuScanError } from './errors.ts'
import { makeFolder } from './make-folder.ts'

export const lockFileName = 'daemon.lock'

/** A process, told from a later one that was given the same number. */
interface Holder {
  readonly pid: number
  /** Linux: the start of the system, the process's start after that, and the namespace in which its number counts. */
  readonly started: string
}

/**
 * Makes sure that one agent runs per state folder. The lock is a file that names its process; one whose process is no
 * more, as after kill -9 or a crash of the machine, is taken over. Where the folder can't be written there is no lock.
 *
 * @returns lets go of the lock
 * @throws {TatuScanError} TATUSCAN_ALREADY_RUNNING, naming the process that holds it
 */
export function lockInstance (folder: string): () => void {
  const file = join(folder, lockFileName)
  const own = `${file}.${process.pid}.new`
  const mine = `${JSON.stringify({ pid: process.pid, started: startOf('self') } satisfies Holder)}\n`
  try {
    makeFolder(folder)
    writeFileSync(own, mine, { mode: 0o600 })
  } catch {
    return () => {} // whoever keeps something there says so
  }
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (link(own, file)) return () => { if (read(file) === mine) rmSync(file, { force: true }) }
      const text = read(file)
      const holder = parse(text)
      if (holder !== undefined && isRunning(holder)) throw alreadyRunning(holder.pid, folder)
      takeAway(file, text)
    }
  } finally {
    rmSync(own, { force: true })
  }
  throw new TatuScanError('TATUSCAN_ALREADY_RUNNING', `other agents keep starting in ${folder}: one is enough`)
}

/** The process that holds a folder's lock; undefined where none does. */
export function lockHolder (folder: string): number | undefined {
  const holder = parse(read(join(folder, lockFileName)))
  return holder !== undefined && isRunning(holder) ? holder.pid : undefined
}

function alreadyRunning (pid: number, folder: string): TatuScanError {
  return new TatuScanError('TATUSCAN_ALREADY_RUNNING', `an agent is already running as process ${pid} with the state folder ${folder}: stop it first, or give this one a folder of its own in TATUSCAN_STATE_DIR`)
}

/** Removes a stale lock, unless it is another by now: then that one gets its name back. */
function takeAway (file: string, stale: string | undefined): void {
  const aside = `${file}.${process.pid}.stale`
  try {
    renameSync(file, aside)
  } catch {
    return // somebody else has
  }
  if (read(aside) !== stale) link(aside, file)
  rmSync(aside, { force: true })
}

function link (from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    try {
      writeFileSync(to, readFileSync(from), { flag: 'wx', mode: 0o600 }) // a file system without links
      return true
    } catch {
      return false
    }
  }
}

function isRunning ({ pid, started }: Holder): boolean {
  const now = startOf(pid)
  if (now !== '') return now === started
  if (process.platform === 'linux') return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return Math.abs(Number(started) - bootSeconds()) < 60 // before the last start of the system another process had that number
}

/** Empty where there is no such process, or it can't be told. */
function startOf (pid: number | 'self'): string {
  if (process.platform !== 'linux') return pid === 'self' ? String(bootSeconds()) : ''
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
    return [readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), fields[19], readlinkSync('/proc/self/ns/pid')].join(' ')
  } catch {
    return ''
  }
}

function bootSeconds (): number {
  return Math.round(Date.now() / 1000 - os.uptime())
}

function read (file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function parse (text: string | undefined): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(text ?? '') as Partial<Holder>
    return Number.isInteger(pid) && pid! > 0 && typeof started === 'string' ? { pid: pid!, started } : undefined
  } catch {
    return undefined
  }
}
