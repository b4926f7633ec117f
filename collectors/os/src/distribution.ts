import type { OsFacts } from './schema.ts'
import { plainText } from './plain-text.ts'
import { readText } from './read-text.ts'

export type Distribution = Pick<OsFacts, 'version' | 'distribution' | 'release' | 'codename'>

/** Where a distribution tells its name, the best place first; each shaper says undefined where it finds none. */
const places: ReadonlyArray<readonly [path: string, shape: (text: string) => Distribution | undefined]> = [
  ['etc/os-release', remembering(shapeOsRelease)],
  ['usr/lib/os-release', remembering(shapeOsRelease)],
  ['etc/lsb-release', shapeLsbRelease],
  ['etc/redhat-release', shapeRedhatRelease]
]

/** The same, with its last answer in mind: the file stays as it is for months. */
function remembering (shape: (text: string) => Distribution | undefined): typeof shape {
  let last: { readonly text: string, readonly told: Distribution | undefined } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, told: shape(text) }
    return last.told
  }
}

/** Reads which distribution is installed below `root`; `Linux <kernel>` where none tells its name. */
export async function readDistribution (root: string, kernel: string | null): Promise<Distribution> {
  for (const [path, shape] of places) {
    const text = await readText(root, path)
    const told = text === undefined ? undefined : shape(text)
    if (told !== undefined) return told
  }
  return { version: kernel === null ? null : `Linux ${kernel}`, distribution: null, release: null, codename: null }
}

/** @param text an os-release file, as os-release(5) describes it */
export function shapeOsRelease (text: string): Distribution | undefined {
  const assigned = parseAssignments(text)
  const of = (name: string): string | null => plainText(assigned.get(name))
  const distribution = of('NAME') ?? of('ID')
  if (distribution === null) return undefined
  const release = of('VERSION_ID')
  return { version: joined(distribution, of('VERSION') ?? release), distribution, release, codename: of('VERSION_CODENAME') }
}

function shapeLsbRelease (text: string): Distribution | undefined {
  const assigned = parseAssignments(text)
  const of = (name: string): string | null => plainText(assigned.get(name))
  const distribution = of('DISTRIB_ID')
  if (distribution === null) return undefined
  const release = of('DISTRIB_RELEASE')
  return { version: of('DISTRIB_DESCRIPTION') ?? joined(distribution, release), distribution, release, codename: of('DISTRIB_CODENAME') }
}

/** @param text one line: `CentOS release 6.10 (Final)` */
function shapeRedhatRelease (text: string): Distribution | undefined {
  const version = plainText(text)
  if (version === null) return undefined
  const [, distribution = version, release = null, codename = null] = /^(.+?) release ([\d.]+)(?: \((.+)\))?/.exec(version) ?? []
  return { version, distribution, release, codename }
}

/** Reads shell assignments; lines that are none are skipped, and of two equal names the last holds, as in a shell. */
export function parseAssignments (text: string): Map<string, string> {
  const assignments = text.split(/\r?\n/).map((line) => /^\s*([A-Za-z_]\w*)=(.*)$/s.exec(line))
  return new Map(assignments.filter((found) => found !== null).map(([, name, value]) => [name!, unquote(value!.trim())]))
}

function unquote (value: string): string {
  const single = /^'([^']*)/.exec(value)
  if (single !== null) return single[1]!
  const double = /^"((?:[^"\\]|\\.)*)/s.exec(value)
  return double === null ? value.replaceAll(/\\(.)/gs, '$1') : double[1]!.replaceAll(/\\(["$`\\])/g, '$1')
}

function joined (name: string, version: string | null): string {
  return version === null ? name : `${name} ${version}`
}
