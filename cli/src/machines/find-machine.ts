import { TatuScanError } from '@tatuscan/core'
import { shown } from '../report-table.ts'
import { noTatuScan, RequestError, type Client } from './client.ts'
import type { MachineItem } from './item.ts'
import { isMachine, machinePages } from './pages.ts'

/**
 * The machine that a person means: by its id, by its hostname (as it is written, else in any case), or by the first digits
 * of its id, at least 4, where just one machine has such.
 *
 * @throws {RequestError} where there is none
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where several are meant, with what they are
 */
export async function findMachine (client: Client, given: string): Promise<MachineItem> {
  if (/^[0-9a-f]{64}$/i.test(given)) return await readMachine(client, given)
  const matches = { exact: [] as MachineItem[], caseless: [] as MachineItem[], prefix: [] as MachineItem[] }
  if (given !== '') {
    for await (const { items } of machinePages(client, new URLSearchParams({ q: given.slice(0, 200) }))) {
      for (const item of items) {
        if (item.hostname === given) matches.exact.push(item)
        else if (asciiLower(item.hostname) === asciiLower(given)) matches.caseless.push(item)
        else if (/^[0-9a-f]{4,}$/i.test(given) && item.machine_id.startsWith(given.toLowerCase())) matches.prefix.push(item)
      }
    }
  }
  const found = [matches.exact, matches.caseless, matches.prefix].find(({ length }) => length > 0) ?? []
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new RequestError(404, `there is no machine ${shown(given)}: name it by its hostname, its id, or at least 4 first digits of its id`)
  const candidates = found.slice(0, 10).map((item) => `${item.machine_id} (${shown(item.hostname)}, ${shown(item.ip)}, last seen ${item.last_seen})`)
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${shown(given)} may be any of ${found.length} machines: ${candidates.join(', ')}${found.length > 10 ? ', …' : ''}; name one by its id`)
}

/** @param id the whole of it */
export async function readMachine (client: Client, id: string): Promise<MachineItem> {
  const item = await client.json<Partial<MachineItem>>('GET', `api/machines/${id}`)
  if (!isMachine(item)) throw noTatuScan(client.url, 'its answer is no machine')
  return item
}

/** The text with A to Z in lower case, and nothing else changed, as the server searches. */
function asciiLower (text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}
