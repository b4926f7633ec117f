/** The documents of this repository, and what of them tests look at. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lexer, walkTokens, type Token, type Tokens } from 'marked'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Heading { readonly depth: number, readonly text: string, readonly anchor: string }

export interface Block { readonly language: string, readonly text: string }

export interface Document {
  readonly file: string
  readonly headings: readonly Heading[]
  readonly blocks: readonly Block[]
  /** Of each row the cells, as they are written. */
  readonly tables: readonly (readonly (readonly string[])[])[]
  /** Where links and pictures lead, in their order. */
  readonly links: readonly string[]
  /** What stands between backticks outside of blocks. */
  readonly code: readonly string[]
}

/** Every document that is kept, or about to be. */
export function documentFiles (): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  return listed.trim().split('\n').sort()
}

export function readDocument (file: string): Document {
  const headings: Heading[] = []
  const blocks: Block[] = []
  const tables: string[][][] = []
  const links: string[] = []
  const code: string[] = []
  walkTokens(lexer(readFileSync(join(root, file), 'utf8')), (token: Token) => {
    if (token.type === 'heading') headings.push({ depth: token.depth, text: plain(token as Tokens.Heading), anchor: anchorOf(plain(token as Tokens.Heading), headings) })
    else if (token.type === 'code') blocks.push({ language: token.lang ?? '', text: token.text })
    else if (token.type === 'table') tables.push((token as Tokens.Table).rows.map((row) => row.map(({ text }) => text)))
    else if (token.type === 'link' || token.type === 'image') links.push(token.href)
    else if (token.type === 'codespan') code.push(token.text)
  })
  return { file, headings, blocks, tables, links, code }
}

/** What stands between backticks in a text. */
export function codeIn (text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
}

function plain ({ tokens }: Tokens.Heading): string {
  let text = ''
  walkTokens(tokens, (token) => { if (token.type === 'text' || token.type === 'codespan') text += token.text })
  return text
}

/** As GitHub makes it: a second one of the same text has `-1` at its end. */
function anchorOf (text: string, before: readonly Heading[]): string {
  const anchor = text.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
  const same = before.filter((heading) => heading.text === text).length
  return same === 0 ? anchor : `${anchor}-${same}`
}
