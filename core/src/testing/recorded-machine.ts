import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type os from 'node:os'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A machine whose sources were recorded, to be replayed in place of the one that runs the tests. */
export interface RecordedMachine {
  readonly platform: NodeJS.Platform
  /** The folder that holds its `/proc`, `/sys` and `/etc`, on Linux. */
  readonly root: string
  /** What `node:os` answered on it; only the functions that were recorded exist. */
  readonly os: typeof os
  /** What systeminformation answered on it; only the functions that were recorded exist. */
  readonly systeminformation: () => Promise<any>
}

/**
 * Opens one of the machines in `machines/` beside this file. Each is a folder with `machine.json` (the platform, and
 * where the recording comes from), `node-os/<function>.json` and `systeminformation/<function>.json` with what these
 * functions answered, and on Linux `root/` with its files.
 */
export function recordedMachine (name: string): RecordedMachine {
  const folder = new URL(`./machines/${name}/`, import.meta.url)
  const { platform } = readJson(new URL('machine.json', folder)) as { platform: NodeJS.Platform }
  const systeminformation = answers(new URL('systeminformation/', folder))
  return {
    platform,
    root: fileURLToPath(new URL('root/', folder)),
    os: answers(new URL('node-os/', folder)) as unknown as typeof os,
    systeminformation: async () => Object.fromEntries(Object.entries(systeminformation).map(([name, answer]) => [name, async () => answer()]))
  }
}

/** A function per file, which answers with what the file holds. */
function answers (folder: URL): Record<string, () => unknown> {
  if (!existsSync(folder)) return {}
  return Object.fromEntries(readdirSync(folder).map((file) => [basename(file, '.json'), () => readJson(new URL(file, folder))]))
}

function readJson (file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
