import type { Logger } from 'pino'

/** A log on stderr: readable on a terminal, JSON lines elsewhere. */
export async function createLog (level: string): Promise<Logger> {
  const { pino } = await import('pino')
  if (!process.stderr.isTTY) return pino({ level, base: undefined }, pino.destination({ dest: 2, sync: true }))
  const { default: pretty } = await import('pino-pretty')
  return pino({ level, base: undefined }, pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', singleLine: true }))
}
