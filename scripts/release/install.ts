/**
 * Builds this checkout and installs it as its users would, with the drivers of all databases: `node
 * scripts/release/install.ts FOLDER`. What the container image does.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildPackages, root } from './build.ts'
import { packPackages } from './pack.ts'

const [, , given] = process.argv
if (given === undefined) throw new Error('usage: node scripts/release/install.ts FOLDER')
const folder = resolve(given)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
const { peerDependencies } = JSON.parse(readFileSync(join(root, 'server-plugins/storage/package.json'), 'utf8')) as { peerDependencies: Record<string, string> }
const drivers = Object.entries(peerDependencies).filter(([name]) => /^(@mikro-orm\/(postgresql|mysql)|pg|mysql2)$/.test(name)).map(([name, version]) => `${name}@${version}`)
execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packPackages(buildPackages()), ...drivers], { cwd: folder, stdio: 'inherit' })
