import { plainText } from './plain-text.ts'
import type { Distribution } from './distribution.ts'
import { readText } from './read-text.ts'

/** Reads the file that `sw_vers` reads: the kernel's version alone does not tell 14.6 from 14.7. */
export async function readMacos (root: string): Promise<Distribution> {
  return shapeMacos(await readText(root, 'System/Library/CoreServices/SystemVersion.plist'))
}

/** @param plist the text of SystemVersion.plist */
export function shapeMacos (plist = ''): Distribution {
  const release = plainText(/<key>ProductVersion<\/key>\s*<string>([^<]*)<\/string>/.exec(plist)?.[1])
  return { version: release === null ? 'macOS' : `macOS ${release}`, distribution: 'macOS', release, codename: null }
}
