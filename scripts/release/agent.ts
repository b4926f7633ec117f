import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What serves, or stores; an agent has no use for it. */
const ofServers = ['better-sqlite3', 'pg', 'mysql2', 'fastify', '@mikro-orm', '@fastify']

export interface InstalledAgent {
  /** The script of the command line. */
  readonly cli: string
  /** What the install takes beside Node, in bytes. */
  readonly bytes: number
  /** Packages of servers and drivers of databases that came along, and should not have. */
  readonly unwanted: readonly string[]
}

/**
 * Installs an agent alone, as `npm install tatuscan --omit=optional` does, from tarballs.
 *
 * @param tarballs all packages, packed
 * @param folder made where it is missing
 */
export function installAgent (tarballs: readonly string[], folder: string): InstalledAgent {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  execFileSync('npm', ['install', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs.filter((file) => !/server/.test(file))], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const modules = join(folder, 'node_modules')
  const installed = readdirSync(modules)
  return { cli: join(modules, 'tatuscan/bin/tatuscan.js'), bytes: sizeOf(modules), unwanted: ofServers.filter((name) => installed.includes(name)) }
}

function sizeOf (folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .reduce((bytes, { parentPath, name }) => bytes + statSync(join(parentPath, name)).size, 0)
}
