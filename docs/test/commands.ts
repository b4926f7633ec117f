import type { Block } from './markdown.ts'

export interface Command {
  /** As it is typed, of several lines where it goes on. */
  readonly text: string
  /** What the document says that it prints. */
  readonly output: string
}

/** The commands of a document, in their order: of `sh` every line, of `console` those behind a prompt, with what they print. */
export function commandsIn (blocks: readonly Block[]): Command[] {
  return blocks.flatMap(({ language, text }) => {
    if (text.startsWith('#!')) return [] // a script, and no command
    if (language === 'sh') return whole(text.split('\n')).filter((line) => line !== '' && !line.startsWith('#')).map((line) => ({ text: line, output: '' }))
    if (language !== 'console') return []
    return text.split(/^(?=[$#] (?!!))/m).filter((part) => /^[$#] /.test(part)).map((part) => {
      const [command = '', ...output] = whole(part.slice(2).split('\n'))
      return { text: command, output: output.join('\n').trimEnd() }
    })
  })
}

/** Joins the lines of a command that goes on: behind a backslash or a pipe, and up to the end of what it is given. */
function whole (lines: readonly string[]): string[] {
  const joined: string[] = []
  let end: string | undefined
  for (const line of lines) {
    const last = joined.at(-1)
    if (last !== undefined && (end !== undefined || /(\\|\|)$/.test(last))) {
      joined[joined.length - 1] = `${last}\n${line}`
      if (line === end) end = undefined
    } else {
      joined.push(line)
      end = /<< *'?(\w+)'?/.exec(line)?.[1]
    }
  }
  return joined
}
