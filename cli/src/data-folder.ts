import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder in which this user's data belongs. */
export function dataFolder ({ platform = process.platform as NodeJS.Platform, env = process.env, home = homedir() } = {}): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'TatuScan')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'TatuScan')
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'tatuscan')
}
