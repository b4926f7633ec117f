/** The thread that writes to SQLite, with a connection of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '@tatuscan/core'
import { Kysely } from 'kysely'
import { sqlite } from '../dialects/sqlite.ts'
import type { Tables } from '../rows.ts'
import type { Answer, Question } from './index.ts'

const port = parentPort!
const dialect = sqlite((workerData as { file: string }).file)
const db = new Kysely<Tables>({ dialect: dialect.kysely })

async function answer ({ id, writing }: Exclude<Question, 'close'>): Promise<Answer> {
  try {
    return { id, met: await dialect.writeAtOnce(db, writing) }
  } catch (error) {
    return { id, message: messageOf(error), fault: dialect.fault(error) }
  }
}

port.on('message', (question: Question) => {
  if (question === 'close') db.destroy().catch(() => {}).finally(() => port.close())
  else answer(question).then((told) => port.postMessage(told)).catch(() => {}) // who asked waits no longer than its patience
})
port.postMessage('ready' satisfies Answer)
