import { stat } from 'node:fs/promises'
import { TatuScanError } from '@tatuscan/core'
import type { DatabaseAddress } from '../database-url.ts'

/**
 * Refuses to import a database into itself, which the original's own settings lead to where both servers share them.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE
 */
export async function refuseSame (source: DatabaseAddress, destination: DatabaseAddress): Promise<void> {
  if (!await isSame(source, destination)) return
  throw new TatuScanError('TATUSCAN_STORE_UNUSABLE',
    `the database ${source.name} can't be imported into itself: name another one for TatuScan in TATUSCAN_DATABASE_URL, such as sqlite:/var/lib/tatuscan/new.db`)
}

async function isSame (one: DatabaseAddress, other: DatabaseAddress): Promise<boolean> {
  if (one.kind !== 'sqlite' || other.kind !== 'sqlite') return one.kind === other.kind && placeOf(one) === placeOf(other)
  if (one.file === other.file) return true
  const [a, b] = await Promise.all([one, other].map(async ({ file }) => await stat(file, { bigint: true }).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino // by another path
}

/** Who logs in and how does not count. The same server under two names is told apart here, but `openDatabase` refuses it. */
function placeOf (address: DatabaseAddress): string {
  if (address.kind === 'sqlite') return address.file
  const { host, pathname, searchParams } = address.url
  return [host, pathname, ...['host', 'port', 'unix_socket'].map((name) => searchParams.get(name))].join(' ')
}
