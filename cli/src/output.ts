/**
 * Results go to stdout, everything else to stderr. What a collector or a library writes to stdout goes to stderr too,
 * so that a result can be piped.
 */
const write = process.stdout.write.bind(process.stdout)

/** From now on only {@link print} reaches stdout. */
export function reserveStdout (): void {
  process.stdout.write = process.stderr.write.bind(process.stderr)
}

/** Writes a result and a line's end to stdout. */
export async function print (text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    write(`${text}\n`, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(new Error(`the result could not be written: ${error.message}`))
      else resolve() // a reader that has left is content
    })
  })
}

/** Resolves once everything written to stdout is out. */
export async function flushStdout (): Promise<void> {
  await new Promise<void>((resolve) => { write('', () => resolve()) })
}

process.stdout.on('error', () => {}) // a reader that has left, as `head` does
