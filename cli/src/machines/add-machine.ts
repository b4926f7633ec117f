import { createHash, randomBytes } from 'node:crypto'
import { TatuScanError } from '@tatuscan/core'
import { RequestError, type Client } from './client.ts'
import type { MachineItem } from './item.ts'

export interface NewMachine {
  readonly hostname: string
  readonly os: string
  readonly 'os-version'?: string | undefined
  readonly ip?: string | undefined
  readonly model?: string | undefined
  readonly activation?: string | undefined
  readonly mac: readonly string[]
  readonly id?: string | undefined
}

/**
 * Makes a machine. One that is there already is left as it is, since a report would replace what is known of it.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for an id or MAC that is none
 * @throws {RequestError} where there is one of that id
 */
export async function addMachine (client: Client, { hostname, os, 'os-version': version, ip, model, activation, mac, id }: NewMachine): Promise<MachineItem> {
  const machineId = id === undefined ? idOf(mac) : checkedId(id)
  const known = await client.json<MachineItem>('GET', `api/machines/${machineId}`).catch((error: unknown) => {
    if (error instanceof RequestError && error.status === 404) return undefined
    throw error
  })
  if (known !== undefined) throw new RequestError(409, `there is a machine ${machineId} already, called ${known.hostname}: change it with tatuscan machines set`)
  const { item } = await client.json<{ item: MachineItem }>('POST', 'api/machines', {
    machine_id: machineId,
    hostname,
    os,
    os_version: version || null,
    ip: ip || null,
    cpu_percent: null,
    memory_total_mb: null,
    memory_used_mb: null,
    computer_model: model || null,
    computer_activation: activation || null
  })
  return item
}

/** As the agent derives it from the same interfaces; random without any. */
function idOf (macs: readonly string[]): string {
  const wrong = macs.find((mac) => !/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(mac))
  if (wrong !== undefined) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `a MAC looks like 00:1b:21:aa:bb:cc; got ${JSON.stringify(wrong)}`)
  if (macs.length === 0) return randomBytes(32).toString('hex')
  return createHash('sha256').update(macs.map((mac) => mac.toLowerCase().replaceAll('-', ':')).sort().join('|')).digest('hex')
}

function checkedId (id: string): string {
  if (!/^[0-9a-f]{64}$/i.test(id)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `an id is 64 hexadecimal digits; got ${JSON.stringify(id)}`)
  return id.toLowerCase()
}
