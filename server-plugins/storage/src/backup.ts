import { link, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { readDatabaseUrl, type DatabaseAddress } from './database-url.ts'

/** What may end a backup, and who is told how far it is. */
export interface BackupOptions {
  /** The database's URL: SQLite's, which may serve meanwhile. */
  readonly url: string
  /** The file to make; one that is there already is left as it is. */
  readonly file: string
  /** Ends it; nothing is left of the file then. */
  readonly signal?: AbortSignal
  /** Is told how many pages of how many are copied. */
  readonly onProgress?: (progress: { readonly copied: number, readonly total: number }) => void
}

/** A copy that was made. */
export interface Backup {
  readonly file: string
  readonly bytes: number
}

/** How many pages are copied before the event loop gets its turn: 4 MiB. */
const pagesAtOnce = 1024

/**
 * Copies a SQLite database as it is at one moment, whatever is written meanwhile, into a file that only its owner may read.
 * The file has its name once all of it is on disk.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where the file is there already, the database is none of SQLite's or not
 *   there; TATUSCAN_STORE_UNAVAILABLE where it can't be read or the file can't be written
 */
export async function backupDatabase ({ url, file, signal, onProgress = () => {} }: BackupOptions): Promise<Backup> {
  const address = readDatabaseUrl(url)
  const target = resolve(file)
  if (address.kind !== 'sqlite') throw new TatuScanError('TATUSCAN_INVALID_OPTION', `backup copies SQLite; ${address.name} has a tool of its own: ${dumpCommand(address, target)}`)
  if (await stat(target).then(() => true, () => false)) throw existing(target)
  if (!await stat(address.file).then((found) => found.isFile(), () => false)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `there is no database at ${address.file} yet`)

  const partial = join(dirname(target), `.${basename(target)}.${process.pid}.partial`)
  try {
    await (await open(partial, 'w', 0o600)).close()
    await copy(address.file, partial, { onProgress, ...signal !== undefined && { signal } })
    const bytes = await synced(partial, async (handle) => (await handle.stat()).size)
    await nameIt(partial, target)
    await synced(dirname(target)).catch(() => {}) // a folder can't be opened everywhere
    return { file: target, bytes }
  } catch (error) {
    if (error instanceof TatuScanError || signal?.aborted) throw error
    throw new TatuScanError('TATUSCAN_STORE_UNAVAILABLE', `the backup could not be made: ${messageOf(error)}`, { cause: error })
  } finally {
    for (const left of ['', '-journal', '-wal', '-shm']) await rm(partial + left, { force: true })
  }
}

/** An open transaction pins what is read, or the copy would begin anew whenever another process writes. */
async function copy (from: string, to: string, { signal, onProgress }: Required<Pick<BackupOptions, 'onProgress'>> & Pick<BackupOptions, 'signal'>): Promise<void> {
  const database = new Sqlite(from, { readonly: true, fileMustExist: true, timeout: 5000 })
  try {
    database.exec('begin')
    database.prepare('select count(*) from sqlite_master').get()
    await database.backup(to, {
      progress ({ totalPages, remainingPages }) {
        signal?.throwIfAborted()
        onProgress({ copied: totalPages - remainingPages, total: totalPages })
        return pagesAtOnce
      }
    })
  } finally {
    database.close()
  }
}

async function synced<Value> (path: string, look?: (handle: FileHandle) => Promise<Value>): Promise<Value> {
  await using handle = await open(path, 'r')
  await handle.sync()
  return await look?.(handle) as Value
}

/** A link, unlike renaming, overwrites nothing; some file systems have none. */
async function nameIt (partial: string, target: string): Promise<void> {
  try {
    await link(partial, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw existing(target)
    await rename(partial, target)
  }
}

function existing (file: string): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', `${file} is there already, and stays as it is: name another file, or move that one away`)
}

/** What backs up a database server, as a shell takes it; the password comes from where that tool looks for it. */
function dumpCommand ({ kind, url }: DatabaseAddress & { kind: 'postgresql' | 'mysql' }, file: string): string {
  const database = decodeURIComponent(url.pathname.slice(1))
  const [host, port, user] = [url.hostname.replace(/^\[|\]$/g, ''), url.port, decodeURIComponent(url.username)]
  const where = [['host', host], ['port', port], [kind === 'mysql' ? 'user' : 'username', user]].filter(([, value]) => value !== '').map(([name, value]) => `--${name}=${quote(value!)}`)
  return kind === 'postgresql'
    ? ['pg_dump', '--format=custom', ...where, `--file=${quote(file)}`, quote(database)].join(' ')
    : ['mariadb-dump', '--single-transaction', ...where, `--result-file=${quote(file)}`, quote(database)].join(' ')
}

function quote (text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
