import { fileURLToPath } from 'node:url'
import { run, settings } from '@oclif/core'
import { exitCodeOf, lineOf } from './exit.ts'
import { flushStdout } from './output.ts'

/**
 * Runs one command and ends the process: with 0; 1 no report could be made or the request failed; 2 usage or
 * configuration; 3 collected and kept, but not delivered. An error is one line on stderr.
 */
export async function main (argv: string[]): Promise<void> {
  settings.enableAutoTranspile = false // Node runs the TypeScript itself
  try {
    await run(argv, { root: fileURLToPath(new URL('..', import.meta.url)) })
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    const line = lineOf(error)
    if (line !== undefined) console.error(line)
  }
  await flushStdout()
  process.exit() // what a stuck collector still holds must not keep the process
}
