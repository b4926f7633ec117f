import { messageOf, TatuScanError } from '@tatuscan/core'
import type { ImportSummary } from '@tatuscan/server-storage'
import { createLog } from './log.ts'
import { missingPackages } from './missing-packages.ts'
import { progressBar } from './progress-bar.ts'
import { readServerSettings } from './server-settings.ts'
import type { Settings } from './settings.ts'

/**
 * Imports the original's database into the one that `serve` uses, and shows how far it is: a bar on a terminal, a line of
 * the log at each tenth elsewhere.
 *
 * @throws {TatuScanError} where either database can't be used
 */
export async function runImport (settings: Settings, from: string, signal: AbortSignal): Promise<ImportSummary> {
  const { databaseUrl, timeZone } = readServerSettings({}, settings.server)
  const { importOriginal } = await import('@tatuscan/server-storage').catch(missingPackages)
  const log = await createLog(settings.logLevel ?? 'warn')
  const bar = process.stderr.isTTY ? progressBar(process.stderr) : undefined
  let tenths = 0
  try {
    const summary = await importOriginal({
      from,
      into: databaseUrl,
      timeZone,
      signal,
      onProgress ({ read, total }) {
        bar?.show(read, total)
        if (bar === undefined && Math.floor(read / total * 10) > tenths) log.info({ read, total }, `${read} of ${total} machines`)
        tenths = Math.floor(read / total * 10)
      }
    })
    bar?.clear()
    if (!summary.complete) console.error(`tatuscan: ${messageOf(signal.reason)}: ended after ${summary.read} machines, which are kept; running it again goes on from there`)
    return summary
  } catch (error) {
    bar?.clear()
    if (!(error instanceof TatuScanError) || error.code !== 'TATUSCAN_STORE_UNAVAILABLE') throw error
    throw new TatuScanError(error.code, `${error.message}; what was imported is kept, and running it again goes on from there`, { cause: error })
  }
}
