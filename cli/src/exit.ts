import { messageOf, TatuScanError, type ErrorCode } from '@tatuscan/core'
import { printable } from './printable.ts'

const codes: Partial<Record<ErrorCode, number>> = {
  TATUSCAN_NO_FACTS: 1,
  TATUSCAN_NO_IDENTITY: 1,
  TATUSCAN_AGENT_STUCK: 1,
  TATUSCAN_INVALID_OPTION: 2,
  TATUSCAN_STORE_UNUSABLE: 2,
  TATUSCAN_ALREADY_RUNNING: 2,
  TATUSCAN_DELIVERY_FAILED: 3,
  TATUSCAN_REPORT_REFUSED: 3
}

/** The exit code that an error ends the process with. oclif says its own: 2 for usage, 0 for help that was asked for. */
export function exitCodeOf (error: unknown): number {
  if (error instanceof TatuScanError) return codes[error.code] ?? 1
  return (error as { oclif?: { exit?: number } } | null)?.oclif?.exit ?? 1
}

/** What ends the process with this code and says nothing, as oclif's `exit` does. */
export function exitWith (code: number): Error {
  return Object.assign(new Error(`the process ends with ${code}`), { code: 'EEXIT', oclif: { exit: code } })
}

/** The line that tells an error; undefined where the process just ends. */
export function lineOf (error: unknown): string | undefined {
  const { code, oclif } = (error ?? {}) as { code?: unknown, oclif?: { exit?: number } }
  if (code === 'EEXIT') return undefined
  const usage = oclif?.exit === 2
  // oclif puts a hint on a second line; one line is enough here
  const message = usage ? firstLine((error as Error).message) : messageOf(error)
  return `tatuscan: ${printable(message)}${usage ? ' (tatuscan --help says what there is)' : ''}`
}

/** The line that says something: of several that are wrong oclif makes a list, and what is wrong with a value is on the line after its flag. */
function firstLine (message: string): string {
  const [first = '', second = ''] = message.split('\n').map((line) => line.trim()).filter((line) => !/^The following errors? occurred:$/.test(line))
  return /^Parsing \S+$/.test(first) ? `${first}: ${second}` : first
}
