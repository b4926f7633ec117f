import { TatuScanError } from '@tatuscan/core'
import { platforms, type Host, type Platform } from './host.ts'

/**
 * The init system of a platform.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a platform on which there is none that TatuScan knows
 */
export async function hostOf (platform: string): Promise<Host> {
  const known = platforms.find((name) => name === platform)
  if (known === undefined) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `services are installed on Linux, macOS and Windows; on ${platform} let its own supervisor run: tatuscan daemon`)
  }
  return await load[known]()
}

const load: Record<Platform, () => Promise<Host>> = {
  linux: async () => (await import('./systemd.ts')).systemd,
  darwin: async () => (await import('./launchd.ts')).launchd,
  win32: async () => (await import('./windows.ts')).windows({ programData: process.env.ProgramData })
}
