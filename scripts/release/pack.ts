import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { releaseFolder, type BuiltPackage } from './build.ts'

/** @returns the tarballs, as they would be published */
export function packPackages (packages: readonly BuiltPackage[]): string[] {
  return packages.map(({ folder }) => {
    const told = execFileSync('npm', ['pack', '--json', '--pack-destination', releaseFolder], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    const [{ filename }] = JSON.parse(told) as [{ filename: string }]
    return join(releaseFolder, filename)
  })
}
