export interface Instruction {
  /** In capitals, as RUN. */
  readonly name: string
  readonly rest: string
}

/** The instructions of a Dockerfile, each on one line. */
export function instructions (dockerfile: string): Instruction[] {
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#')).join('\n').replaceAll(/\\\n\s*/g, '').split('\n')
  return lines.filter((line) => line.trim() !== '').map((line) => {
    const [, name, rest] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line)!
    return { name: name!.toUpperCase(), rest: rest! }
  })
}
