import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Kysely } from 'kysely'
import type { DatabaseAddress } from '../database-url.ts'
import type { Dialect, Writing } from '../dialects/dialect.ts'
import type { Tables } from '../rows.ts'

export type Question = { readonly id: number, readonly writing: Writing } | 'close'

export type Answer =
  | 'ready'
  | { readonly id: number, readonly met: boolean }
  | { readonly id: number, readonly message: string, readonly fault: WriteError['fault'] }

/** Why the thread could not write. */
export class WriteError extends Error {
  /** What the dialect makes of it. */
  readonly fault: ReturnType<Dialect['fault']>

  constructor (message: string, fault: WriteError['fault']) {
    super(message)
    this.fault = fault
  }
}

/** Writes batches of reports. */
export interface Writer {
  /**
   * Resolves when it is on disk.
   *
   * @returns false where another server has written meanwhile; then nothing was written
   * @throws {WriteError} or what the driver throws
   */
  write (writing: Writing): Promise<boolean>
  close (): Promise<void>
}

const module = new URL(`./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** How many machines a batch holds where a thread is worth its memory. */
const many = 16

/** How long a machine's id is. */
const idLength = 64

/** How long a thread may take to close its connection, in milliseconds. */
const patience = 5000

/**
 * Writes where it is called. SQLite writes and waits for the disk while it is called: once batches grow that is done in a
 * thread of its own, so that requests are taken in meanwhile. A thread that dies is replaced in the same way. The other
 * databases wait elsewhere, and a thread would only be one more that everything must pass.
 */
export function createWriter ({ db, dialect }: { readonly db: Kysely<Tables>, readonly dialect: Dialect }, address: DatabaseAddress): Writer {
  return address.kind === 'sqlite' ? createThread(db, dialect, address.file) : { write: async (writing) => await dialect.writeAtOnce(db, writing), close: async () => {} }
}

function createThread (db: Kysely<Tables>, dialect: Dialect, file: string): Writer {
  const waiting = new Map<number, { resolve (met: boolean): void, reject (error: WriteError): void }>()
  let worker: Worker | undefined
  let ready = false
  let last = 0

  function start (): Worker {
    const started = new Worker(module, {
      workerData: { file },
      resourceLimits: { maxYoungGenerationSizeMb: 6 } // a batch needs no more, and V8 takes what it may
    })
    started.unref() // the process needs not stay for a thread that has nothing to do
    started.on('message', (answer: Answer) => {
      if (answer === 'ready') {
        ready = true
        return
      }
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (waiting.size === 0) started.unref()
      if ('met' in answer) asked?.resolve(answer.met)
      else asked?.reject(new WriteError(answer.message, answer.fault))
    })
    const ended = (why: string): void => {
      if (worker !== started) return
      worker = undefined
      ready = false
      for (const { reject } of waiting.values()) reject(new WriteError(why, 'outage'))
      waiting.clear()
    }
    started.on('error', (error: Error) => ended(error.message)).on('exit', () => ended('the thread that writes has ended'))
    return started
  }

  return {
    async write (writing) {
      if (worker === undefined && writing.ids.length >= many * (idLength + 1) - 1) worker = start()
      if (worker === undefined || !ready) return await dialect.writeAtOnce(db, writing)
      const id = ++last
      worker.ref()
      worker.postMessage({ id, writing } satisfies Question)
      return await new Promise<boolean>((resolve, reject) => { waiting.set(id, { resolve, reject }) })
    },
    async close () {
      if (worker === undefined) return
      const closing = worker
      const ended = once(closing, 'exit')
      closing.ref()
      closing.postMessage('close' satisfies Question)
      const abandoned = new AbortController()
      await Promise.race([ended, sleep(patience, undefined, { signal: abandoned.signal }).catch(() => {})])
      abandoned.abort()
      await closing.terminate()
    }
  }
}
