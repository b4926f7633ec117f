import { messageOf } from '@tatuscan/core'
import { RequestError, type Client } from './client.ts'
import { machinePages } from './pages.ts'
import type { SettingsRow } from './read-settings-csv.ts'

export interface RowOutcome {
  readonly line: number
  readonly hostname: string
  readonly outcome: 'set' | 'nothing to set' | 'no such machine' | 'several machines' | 'refused'
  readonly machine_ids: readonly string[]
  readonly message?: string
}

export interface SetByCsvOptions {
  readonly dryRun: boolean
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number) => void
}

/**
 * Sets what each row says on the machine of its hostname, where there is just one. What is wrong with one row doesn't keep
 * the others from being set; a server that can't be reached ends it.
 */
export async function setByCsv (client: Client, rows: readonly SettingsRow[], { dryRun, signal, onProgress }: SetByCsvOptions): Promise<RowOutcome[]> {
  const ids = new Map(rows.map(({ hostname }) => [hostname, [] as string[]]))
  for await (const { items } of machinePages(client)) {
    for (const { hostname, machine_id: id } of items) ids.get(hostname)?.push(id)
  }
  const outcomes: RowOutcome[] = []
  for (const { line, hostname, changes } of rows) {
    if (signal.aborted) break
    const machineIds = ids.get(hostname)!
    const told = (outcome: RowOutcome['outcome'], message?: string) => outcomes.push({ line, hostname, outcome, machine_ids: machineIds, ...message !== undefined && { message } })
    if (machineIds.length === 0) told('no such machine')
    else if (machineIds.length > 1) told('several machines')
    else if (Object.keys(changes).length === 0) told('nothing to set')
    else if (dryRun) told('set')
    else {
      try {
        await client.json('PATCH', `api/machines/${machineIds[0]}`, changes)
        told('set')
      } catch (error) {
        if (!(error instanceof RequestError) || error.status < 400 || error.status > 499 || [401, 403, 429].includes(error.status)) throw error
        told('refused', messageOf(error))
      }
    }
    onProgress(outcomes.length, rows.length)
  }
  return outcomes
}
