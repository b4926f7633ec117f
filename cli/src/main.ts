import { fileURLToPath } from 'node:url'
import { exitCodeOf, lineOf } from './exit.ts'
import { hidePasswords } from './hide-passwords.ts'
import { flushStdout } from './output.ts'
import { plainCommand } from './plain-command.ts'

/**
 * Runs one command and ends the process: with 0; 1 no report could be made or the request failed; 2 usage or
 * configuration; 3 collected and kept, but not delivered. An error is one line on stderr. Plugins have no say in the
 * code: what they leave running doesn't keep the process, and where one ends it that is an error.
 */
export async function main (argv: string[]): Promise<void> {
  hidePasswords(argv)
  let code: number | undefined
  process.on('exit', () => {
    if (code === undefined) {
      console.error('tatuscan: a plugin ended the process before the command was done')
      process.exitCode = 1
    }
  })
  try {
    const plain = await plainCommand(argv)
    if (plain === undefined) await runByOclif(argv)
    else await plain()
    await flushStdout()
    code = 0
  } catch (error) {
    code = exitCodeOf(error)
    const line = lineOf(error)
    if (line !== undefined) console.error(line)
  }
  process.exit(code)
}

async function runByOclif (argv: string[]): Promise<void> {
  const { run, settings } = await import('@oclif/core')
  settings.enableAutoTranspile = false // Node runs the TypeScript itself
  await run(usual(argv), { root: fileURLToPath(new URL('..', import.meta.url)) })
}

/** What people type for help and version elsewhere means the same here. */
function usual (argv: string[]): string[] {
  const [first, ...rest] = argv
  if (first === 'help') return [...rest, '--help']
  if (first === 'version') return ['--version']
  return argv.map((argument) => argument === '-h' ? '--help' : argument)
}
