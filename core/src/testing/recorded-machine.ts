import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import type os from 'node:os'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

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
  const folder = whole(name)
  const { platform } = readJson(new URL('machine.json', folder)) as { platform: NodeJS.Platform }
  const systeminformation = answers(new URL('systeminformation/', folder))
  return {
    platform,
    root: fileURLToPath(new URL('root/', folder)),
    os: answers(new URL('node-os/', folder)) as unknown as typeof os,
    systeminformation: async () => Object.fromEntries(Object.entries(systeminformation).map(([name, answer]) => [name, async () => answer()]))
  }
}

/**
 * The folder of a machine with its symbolic links, which npm leaves out of a package: they are told beside the machines
 * there, and made in a copy.
 */
function whole (name: string): URL {
  const machines = new URL('./machines/', import.meta.url)
  const told = new URL('links.json', machines)
  if (!existsSync(told)) return new URL(`${name}/`, machines)
  const copy = mkdtempSync(join(tmpdir(), 'tatuscan-machine-'))
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
  cpSync(new URL(name, machines), join(copy, name), { recursive: true })
  for (const [file, target] of Object.entries(readJson(told) as Record<string, string>)) {
    if (!file.startsWith(`${name}/`)) continue
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    symlinkSync(target, join(copy, file))
  }
  return pathToFileURL(join(copy, name, '/'))
}

/** A function per file, which answers with what the file holds. */
function answers (folder: URL): Record<string, () => unknown> {
  if (!existsSync(folder)) return {}
  return Object.fromEntries(readdirSync(folder).map((file) => [basename(file, '.json'), () => readJson(new URL(file, folder))]))
}

function readJson (file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
