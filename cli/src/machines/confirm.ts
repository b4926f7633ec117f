import { TatuScanError } from '@tatuscan/core'

/**
 * Asks on the terminal; where there is none, nobody can say yes but a flag.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where nobody can be asked
 */
export async function confirm (question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${question} Nobody can be asked here: say --yes, or --dry-run to see what would be done`)
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
