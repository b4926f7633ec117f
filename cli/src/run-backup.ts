import type { Backup } from '@tatuscan/server-storage'
import { missingPackages } from './missing-packages.ts'
import { progressBar } from './progress-bar.ts'
import { readServerSettings } from './server-settings.ts'
import type { Settings } from './settings.ts'

/**
 * Copies the database that `serve` uses, and shows how far it is where stderr is a terminal.
 *
 * @returns undefined where the signal ended it; nothing is left of the file then
 * @throws {TatuScanError} where it can't be copied
 */
export async function runBackup (settings: Settings, file: string, signal: AbortSignal): Promise<Backup | undefined> {
  const { databaseUrl } = readServerSettings({}, settings.server)
  const { backupDatabase } = await import('@tatuscan/server-storage').catch(missingPackages)
  const bar = process.stderr.isTTY ? progressBar(process.stderr) : undefined
  try {
    return await backupDatabase({ url: databaseUrl, file, signal, onProgress: ({ copied, total }) => bar?.show(copied, total) })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    bar?.clear()
  }
}
