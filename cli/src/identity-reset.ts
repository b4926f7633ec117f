import { join } from 'node:path'
import { lockHolder, messageOf, readKeptIdentity, removeKeptIdentity, stateFolder, TatuScanError } from '@tatuscan/core'

export interface IdentityReset {
  /** The id that was kept; null where there was none, or none that could be read. */
  readonly machine_id: string | null
  readonly folder: string
  readonly removed: boolean
  readonly dry_run: boolean
}

/**
 * Forgets the kept identity.
 *
 * @throws {TatuScanError} TATUSCAN_ALREADY_RUNNING beside an agent, which would write it again;
 *   TATUSCAN_INVALID_OPTION where the folder can't be written
 */
export function resetIdentity ({ dryRun }: { dryRun: boolean }): IdentityReset {
  const folder = stateFolder()
  const running = lockHolder(folder)
  if (running !== undefined) {
    throw new TatuScanError('TATUSCAN_ALREADY_RUNNING', `an agent is running as process ${running} and would keep its identity again: stop it first`)
  }
  const machine_id = keptId(folder)
  try {
    return { machine_id, folder, removed: !dryRun && removeKeptIdentity(folder), dry_run: dryRun }
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the identity in ${folder} can't be removed (${messageOf(error)}): run this as the user that the agent runs as`, { cause: error })
  }
}

/** What was done, or would be, and what else an image needs. */
export function resetText ({ machine_id: id, folder, removed, dry_run: dryRun }: IdentityReset): string {
  const file = join(folder, 'identity.json')
  if (id === null && !removed) return `There is no identity in ${folder} to forget: an image of this machine can be made.`
  return [
    `${dryRun ? 'Would remove' : 'Removed'} ${file}${id === null ? '' : `, the identity ${id}`}.`,
    'The next start derives one anew, and a machine whose evidence is the same gets the same one.',
    process.platform === 'linux' ? 'In an image empty /etc/machine-id too, so that each machine made from it gets its own: truncate --size 0 /etc/machine-id' : ''
  ].filter((line) => line !== '').join('\n')
}

function keptId (folder: string): string | null {
  try {
    return readKeptIdentity(folder)?.machine_id ?? null
  } catch {
    return null // damaged: it goes all the same
  }
}
