import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Compiled code is kept from run to run, in a folder of this user's own: in the shared temporary folder anybody could
 * plant code for root to run.
 */
function cacheFolder () {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  if (process.platform === 'win32') return LOCALAPPDATA && join(LOCALAPPDATA, 'TatuScan', 'Cache')
  if (process.getuid() === 0) return '/var/cache/tatuscan'
  return process.platform === 'darwin' ? join(homedir(), 'Library/Caches/TatuScan') : join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tatuscan')
}

const folder = cacheFolder()
if (folder) enableCompileCache(folder)
const { main } = await import('../src/main.ts')
await main(process.argv.slice(2))
