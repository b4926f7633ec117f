import { text } from 'node:stream/consumers'
import { TatuScanError } from '@tatuscan/core'
import { secret } from '../settings.ts'

/**
 * A password: from the environment, typed twice on the terminal without being shown, or from what is piped in.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where there is none, or the two differ
 */
export async function askPassword (name: string): Promise<string> {
  const given = secret('TATUSCAN_PASSWORD')
  if (given !== undefined) return given
  if (!process.stdin.isTTY) {
    const piped = (await text(process.stdin)).replace(/\r?\n$/, '')
    if (piped !== '') return piped
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'a password is needed: run this on a terminal, pipe it in, or give it in TATUSCAN_PASSWORD or TATUSCAN_PASSWORD_FILE')
  }
  const password = await askHidden(`Password of ${name} (at least 10 characters): `)
  if (await askHidden('Once more: ') !== password) throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'the two passwords differ: nothing was changed')
  return password
}

async function askHidden (question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const { Writable } = await import('node:stream')
  const nowhere = new Writable({ write (_chunk, _encoding, done) { done() } })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  process.stderr.write(question)
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
