import { basename, dirname, extname } from 'node:path'
import { TatuScanError, type Collector } from '@tatuscan/core'
import type { TSchema } from 'typebox'
import { commandOf } from './command.ts'
import { mostBytes, readFacts, readFactsFile } from './read-facts.ts'
import type { Slots } from './slots.ts'

/** What one executable may take. */
export interface FactsFileOptions {
  /** An executable that prints a JSON object, or a `.json` file. Not checked for who may write it; `factsDir` does. */
  readonly path: string
  /** @default the file's name without its extension */
  readonly name?: string
  /** JSON Schema of its facts. @default any object */
  readonly schema?: TSchema
  /** Memory that it and what it starts may hold, in MiB; watched on Linux. @default 256 */
  readonly memoryMb?: number
  /** Bounds how many run at once. @default no bound */
  readonly slots?: Slots
}

/**
 * Facts from one file: what an executable prints, or what a `.json` file holds, as one JSON object. Nothing but space
 * says that there is nothing of the kind on this machine; an exit code other than 0 says that it is broken, and the
 * first line on stderr why.
 */
export function factsFile ({
  path, name = basename(path, extname(path)), schema = { title: name, type: 'object' }, memoryMb = 256, slots = async (work) => await work()
}: FactsFileOptions): Collector {
  return {
    name,
    schema,
    async collect ({ signal }) {
      if (extname(path).toLowerCase() === '.json') return await readFactsFile(path)
      return await slots(async () => await run(path, memoryMb, signal))
    }
  }
}

async function run (path: string, memoryMb: number, signal: AbortSignal): Promise<object | undefined> {
  const { childEnvironment, runLimited } = await import('@tatuscan/core/isolated')
  const { answer, noise, code, killedBy } = await runLimited({
    ...commandOf(path),
    cwd: dirname(path),
    env: childEnvironment(),
    signal,
    answerOn: 'stdout',
    answerBytes: mostBytes,
    memoryBytes: memoryMb * 2 ** 20
  })
  if (code === 0) return readFacts(answer, 'what it printed')
  const how = killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`
  const why = noise.split('\n').find((line) => line.trim() !== '')
  throw new TatuScanError('TATUSCAN_COLLECTOR_FAILED', why === undefined ? `${path} ${how} and wrote no reason to stderr` : `${path} ${how}: ${why.trim()}`)
}
