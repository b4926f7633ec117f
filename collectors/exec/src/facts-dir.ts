import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { limits, messageOf, TatuScanError, type Collector } from '@tatuscan/core'
import type { Candidate } from './look-at.ts'
import { createSlots } from './slots.ts'

/** Which folder of executables and JSON files, and what each of them may take. */
export interface FactsDirOptions {
  /** The folder. @default /etc/tatuscan/facts.d; on Windows %ProgramData%\TatuScan\facts.d */
  readonly dir?: string
  /** How many executables may run at once. @default 4 */
  readonly concurrency?: number
  /** Memory that each of them may hold, in MiB; watched on Linux. @default 256 */
  readonly memoryMb?: number
  /** The user who may own files, beside root. @default the agent's */
  readonly uid?: number
}

/** Where an administrator puts facts. */
export function defaultFactsDir ({ platform = process.platform as NodeJS.Platform, env = process.env } = {}): string {
  return platform === 'win32' ? join(env.ProgramData || 'C:\\ProgramData', 'TatuScan', 'facts.d') : '/etc/tatuscan/facts.d'
}

/**
 * Facts in any language: each executable in a folder that prints a JSON object, and each `.json` file, is a collector
 * of the file's name without its extension. The folder is looked at for every report, so that files come and go without
 * a restart; a file that stayed as it was stays the same collector. No folder: no collectors. What is not used, and
 * why, is the failure of one collector called `facts-dir`; a file that others may write, that of its own.
 *
 * @returns what tells which collectors there are now, given the names that are taken
 */
export function factsDir ({ dir = defaultFactsDir(), concurrency = 4, memoryMb, uid }: FactsDirOptions = {}): (taken?: readonly string[]) => Promise<Collector[]> {
  const slots = createSlots(concurrency)
  let known = new Map<string, Collector>()

  return async (taken = []) => {
    let files: string[]
    try {
      if (statSync(dir, { throwIfNoEntry: false }) === undefined) return [] // as on most machines
      files = readdirSync(dir)
    } catch (error) {
      return keep([refused([`${dir} can't be read: ${messageOf(error)}`])])
    }
    if (files.length === 0) return []
    const { lookAt } = await import('./look-at.ts')
    const { candidates, problems } = await lookAt(dir, files, { uid, memoryMb, slots })
    return keep([...admit(candidates, problems, taken), ...problems.length > 0 ? [refused(problems)] : []])
  }

  /** The same file, or the same complaint, is the same collector, with the same record. */
  function keep (found: readonly Candidate[]): Collector[] {
    const now = new Map(found.map(({ stamp, make }) => [stamp, known.get(stamp) ?? make()]))
    known = now
    return [...now.values()]
  }
}

/** Those that may have their names; the others become problems. */
function admit (candidates: readonly Candidate[], problems: string[], taken: readonly string[]): Candidate[] {
  const room = limits.collectors - taken.length - 1
  const admitted = candidates.filter(({ name, file }) => {
    const namesakes = candidates.filter((other) => other.name === name)
    if (namesakes.length > 1) {
      if (namesakes[0]!.file === file) problems.push(`${namesakes.map(({ file }) => file).join(' and ')} would all be called ${name}: leave one`)
      return false
    }
    const free = name !== own && !taken.includes(name)
    if (!free) problems.push(`${file}: another collector is called ${name}: rename the file`)
    return free
  })
  for (const { file } of admitted.splice(Math.max(0, room))) problems.push(`${file}: a report holds at most ${limits.collectors} collectors`)
  return admitted
}

/** The collector that tells what is not used. */
const own = 'facts-dir'

function refused (problems: readonly string[]): Candidate {
  const message = problems.join('; ')
  return {
    name: own,
    file: '',
    stamp: `! ${message}`,
    make: () => ({
      name: own,
      schema: { title: 'Files that are not used', type: 'object' },
      collect: async () => { throw new TatuScanError('TATUSCAN_FACTS_FILE_REFUSED', message) }
    })
  }
}
