import { createRequire } from 'node:module'
import type { DestinationStream, Logger } from 'pino'

const require = createRequire(import.meta.url)

/** A log on stderr: readable on a terminal, JSON lines elsewhere. */
export function createLog (level: string): Logger {
  const { pino } = require('pino') as typeof import('pino')
  return pino({ level, base: undefined }, destination(pino))
}

function destination (pino: typeof import('pino').pino): DestinationStream {
  if (!process.stderr.isTTY) return pino.destination({ dest: 2, sync: true })
  const pretty = require('pino-pretty') as typeof import('pino-pretty')
  return pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', singleLine: true })
}

/** The levels in the order of their weight. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = Exclude<typeof levels[number], 'silent'>

/** What an agent logs with. */
export type AgentLog = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void> & {
  /** Whether there is any use in putting a message of this level together. */
  isLevelEnabled (level: string): boolean
}

/**
 * The same log, whose library is loaded once there is something to log: an agent that is well says nothing for
 * months, and needs no 6 MB for it.
 */
export function createLateLog (level: string): AgentLog {
  let log: Logger | undefined
  const enabled = (candidate: string) => levels.indexOf(candidate as LogLevel) >= levels.indexOf(level as LogLevel)
  const write = (at: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string): void => {
    if (enabled(at)) (log ??= createLog(level))[at](fields, message)
  }
  return { isLevelEnabled: enabled, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
