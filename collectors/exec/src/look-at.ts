import { realpath, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { byCodePoint, collectorNamePattern, messageOf, TatuScanError, type Collector } from '@tatuscan/core'
import type { TSchema } from 'typebox'
import { isExecutable } from './command.ts'
import { factsFile, type FactsFileOptions } from './facts-file.ts'
import { readFactsFile } from './read-facts.ts'
import { whyNotTrusted, type TrustOptions } from './trust.ts'
import { withoutPatterns } from './without-patterns.ts'

/** A file that may become a collector. */
export interface Candidate {
  readonly name: string
  /** Its name in the folder. */
  readonly file: string
  /** Changes with the file, its schema, and who may write them. */
  readonly stamp: string
  make (): Collector
}

export interface LookOptions extends TrustOptions {
  readonly memoryMb: number | undefined
  readonly slots: FactsFileOptions['slots']
}

const schemaExtension = '.schema.json'

/** Finds what a folder holds of facts: candidates, and what is wrong where there can be none. */
export async function lookAt (dir: string, files: readonly string[], options: LookOptions): Promise<{ candidates: Candidate[], problems: string[] }> {
  const problems: string[] = []
  const candidates: Candidate[] = []
  const distrust = await whyNotTrusted(await realpath(dir), options).catch(messageOf)
  if (distrust !== undefined) return { candidates, problems: [`nothing in ${dir} is used: ${distrust}`] }
  for (const file of [...files].sort(byCodePoint)) {
    if (file.startsWith('.') || file.endsWith('~') || file.endsWith(schemaExtension)) continue
    try {
      const candidate = await candidateOf(dir, file, files, options)
      if (candidate === undefined) continue
      if (collectorNamePattern.test(candidate.name)) candidates.push(candidate)
      else problems.push(`${file}: facts are named by a letter and then a-z, 0-9, _ and -; rename the file`)
    } catch (error) {
      problems.push(`${file}: ${messageOf(error)}`)
    }
  }
  return { candidates, problems }
}

/** Undefined for what is neither JSON nor executable, such as a README. */
async function candidateOf (dir: string, file: string, files: readonly string[], { uid, memoryMb, slots }: LookOptions): Promise<Candidate | undefined> {
  const extension = extname(file)
  const name = file.slice(0, file.length - extension.length)
  const path = await realpath(join(dir, file))
  const found = await stat(path)
  if (!found.isFile() || !(extension.toLowerCase() === '.json' || isExecutable(file, found.mode))) return undefined

  const beside = `${name}${schemaExtension}`
  const schemaPath = files.includes(beside) ? await realpath(join(dir, beside)) : undefined
  const distrust = await whyNotTrusted(path, { uid }) ?? (schemaPath === undefined ? undefined : await whyNotTrusted(schemaPath, { uid }))
  const schema = distrust === undefined && schemaPath !== undefined ? await readSchema(schemaPath) : undefined
  const problem = distrust === undefined ? schema?.problem : new TatuScanError('TATUSCAN_FACTS_FILE_REFUSED', `it is not used, since ${distrust}`)
  const { ino, size, mtimeMs, ctimeMs } = found
  return {
    name,
    file,
    stamp: JSON.stringify([file, path, ino, size, mtimeMs, ctimeMs, schema?.text, problem?.message]),
    make: () => problem === undefined
      ? factsFile({ path, name, ...schema?.value !== undefined && { schema: schema.value }, ...memoryMb !== undefined && { memoryMb }, slots })
      : { name, schema: { title: name, type: 'object' }, collect: async () => { throw problem } }
  }
}

interface SchemaBeside { readonly value?: TSchema, readonly text?: string, readonly problem?: TatuScanError }

async function readSchema (path: string): Promise<SchemaBeside> {
  try {
    const value: object = await readFactsFile(path) ?? {}
    return { value: withoutPatterns(value), text: JSON.stringify(value) }
  } catch (error) {
    return { problem: error instanceof TatuScanError ? error : new TatuScanError('TATUSCAN_FACTS_INVALID', messageOf(error), { cause: error }) }
  }
}
