import { access, constants, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { checkOwner, checkTables, damaged, migrationTable, unusable } from './check-database.ts'
import type { DatabaseAddress } from './database-url.ts'
import { migrationNames } from './migrations/index.ts'

/** Files up to this size are read through at the start; that takes about a second. */
const checkedBytes = 256 * 1024 * 1024

/**
 * Makes a SQLite file, which its owner alone may read, and its folder where there are none, and looks into a file that is
 * there without changing a byte of it.
 *
 * @throws {TatuScanError} TATUSCAN_STORE_UNUSABLE for a file that is no database, not ours, newer, damaged or read-only
 */
export async function checkSqliteFile (address: DatabaseAddress & { kind: 'sqlite' }): Promise<void> {
  const { file } = address
  const size = await prepareFolder(address)
  if (size === 0) return
  await checkHeader(address, size, await sizeOf(`${file}-wal`) === 0)
  let database
  try {
    database = new Sqlite(file, { readonly: true, timeout: 5000 })
    const tables = database.prepare("select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'").pluck().all() as string[]
    const migrations = tables.includes(migrationTable) ? database.prepare(`select name from ${migrationTable}`).pluck().all() as string[] : undefined
    checkOwner({ tables, migrations }, address)
    if (migrations?.length === 0 && tables.includes('inventory')) throw damaged(address, 'it has tables, but no list of how they were made')
    const read = database
    if (migrations?.length === migrationNames.length) await checkTables(async (text) => read.prepare(text).all(), address)
    if (size <= checkedBytes) {
      const damage = findDamage(database)
      if (damage !== undefined) throw damaged(address, damage)
    }
  } catch (error) {
    if (error instanceof TatuScanError) throw error
    const { code } = error as { code?: string }
    throw code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB' ? damaged(address, messageOf(error), error) : unusable(address, messageOf(error), error)
  } finally {
    database?.close()
  }
}

/** Reads a file through. @returns the first damage, in one line; undefined where there is none */
export function findDamage (database: Sqlite.Database): string | undefined {
  const found = String(database.prepare('pragma quick_check(1)').pluck().get())
  return found === 'ok' ? undefined : found.replace(/^\*+ .* \*+\n/, '').split('\n')[0]!
}

/** @returns the file's size; 0 where there is none yet */
async function prepareFolder (address: DatabaseAddress & { kind: 'sqlite' }): Promise<number> {
  try {
    await makeFolder(dirname(address.file))
    const size = await sizeOf(address.file)
    if (size > 0) await access(address.file, constants.R_OK | constants.W_OK)
    else {
      await access(dirname(address.file), constants.W_OK)
      await (await open(address.file, 'a', 0o600)).close() // SQLite gives the files beside it the same mode
    }
    return size
  } catch (error) {
    throw unusable(address, `it can't be opened for writing: ${messageOf(error)}`, error)
  }
}

/** Node's own recursive mkdir never ends where a folder can neither be made nor is there, as below /proc. */
async function makeFolder (folder: string): Promise<void> {
  if (await stat(folder).then(() => true, () => false)) return
  if (dirname(folder) !== folder) await makeFolder(dirname(folder))
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => { if (error.code !== 'EEXIST') throw error })
}

async function sizeOf (file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return 0
  if (!found.isFile()) throw new Error(`${file} is ${found.isDirectory() ? 'a folder' : 'no file'}`)
  return found.size
}

/** The first bytes of a SQLite file say what it is, and how many pages it has. */
async function checkHeader (address: DatabaseAddress, size: number, complete: boolean): Promise<void> {
  const bytes = Buffer.alloc(100)
  await using handle = await open((address as { file: string }).file, 'r')
  const { bytesRead } = await handle.read(bytes, 0, 100, 0)
  if (bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw unusable(address, 'it is no SQLite database; nothing was changed. Move it aside, or name another file')
  const pageSize = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16)
  const counted = bytes.readUInt32BE(24) === bytes.readUInt32BE(92) // the page count is of this very version of the file
  const pages = bytes.readUInt32BE(28)
  if (bytesRead < 100 || (complete && counted && pages * pageSize > size)) throw damaged(address, `it has ${size} bytes of ${pages * pageSize}`)
}
