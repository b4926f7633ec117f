import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface TrustOptions {
  /** Who may own files beside root. @default the agent's user */
  readonly uid?: number | undefined
}

const writableByOthers = 0o022
const sticky = 0o1000

/**
 * Tells why others than root and the agent's user could change what is at a path, or put something else in its place:
 * the file, its folder or a folder above belongs to somebody else, or may be written by its group or by all. A folder
 * with the sticky bit, as /tmp, keeps what is in it from all but its owner. On Windows nothing is looked at.
 *
 * @param path real, without symbolic links
 * @returns a sentence; undefined where nobody else could
 */
export async function whyNotTrusted (path: string, { uid = process.geteuid?.() }: TrustOptions = {}): Promise<string | undefined> {
  if (uid === undefined) return undefined
  for (let at = path, first = true; ; at = dirname(at), first = false) {
    const { uid: owner, mode } = await lstat(at)
    if (owner !== 0 && owner !== uid) return `${at} belongs to user ${owner}, who is neither root nor the agent's user: chown root ${at}`
    if ((mode & writableByOthers) !== 0 && (first || (mode & sticky) === 0)) {
      return `${at} may be written by others (mode ${(mode & 0o7777).toString(8)}): chmod go-w ${at}`
    }
    if (at === dirname(at)) return undefined
  }
}
