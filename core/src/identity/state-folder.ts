import os from 'node:os'
import { posix, resolve, win32 } from 'node:path'

/**
 * The folder in which an agent keeps what must last: its identity, its reports that wait. `TATUSCAN_STATE_DIR`, else
 * where each system keeps such: for root `/var/lib/tatuscan`, for others `$XDG_STATE_HOME/tatuscan`;
 * `%ProgramData%\TatuScan`; `/Library/Application Support/TatuScan`, for others than root the same in their home.
 */
export function stateFolder ({
  platform = process.platform as NodeJS.Platform, env = process.env as Record<string, string | undefined>, root = process.getuid?.() === 0, home = os.homedir
} = {}): string {
  if (env.TATUSCAN_STATE_DIR) return resolve(env.TATUSCAN_STATE_DIR)
  if (platform === 'win32') return win32.join(env.ProgramData || env.PROGRAMDATA || 'C:\\ProgramData', 'TatuScan')
  const system = platform === 'darwin' ? '/Library/Application Support/TatuScan' : '/var/lib/tatuscan'
  if (root) return system
  try {
    if (platform === 'darwin') return posix.join(home(), system)
    const { XDG_STATE_HOME: state } = env // not absolute: to be ignored, as its specification says
    return posix.join(state && posix.isAbsolute(state) ? state : posix.join(home(), '.local/state'), 'tatuscan')
  } catch {
    return system // a user who has no home; whether the folder can be used shows when it is
  }
}
