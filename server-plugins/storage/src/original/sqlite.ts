import { chmod, copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { findDamage } from '../sqlite-file.ts'
import { originalColumns, type OriginalConnection, type OriginalRow } from './original-database.ts'

/**
 * The original's SQLite file. Each portion is a reading of its own, so that an original that still runs can write in
 * between: a machine is one row, and never half of it.
 */
export async function originalOnSqlite (file: string): Promise<OriginalConnection> {
  const header = await readHeader(file)
  const { database, folder } = await openUnchanged(file, header)
  const close = async (): Promise<void> => {
    database.close()
    if (folder !== undefined) await rm(folder, { recursive: true })
  }
  try {
    const damage = findDamage(database)
    if (damage !== undefined) throw new Error(`it is damaged (${damage}); restore a backup of it first`)
  } catch (error) {
    await close()
    throw error
  }
  return {
    columns: async (table) => database.prepare('select name from pragma_table_info(?)').pluck().all(table) as string[],
    count: async () => database.prepare<[], { rows: number, ids: number }>('select count(*) as rows, count(distinct machine_id) as ids from inventory').get()!,
    async * portions (size) {
      const columns = originalColumns.join()
      const first = database.prepare<[number], OriginalRow>(`select ${columns} from inventory order by machine_id limit ?`)
      const next = database.prepare<[unknown, number], OriginalRow>(`select ${columns} from inventory where machine_id > ? order by machine_id limit ?`)
      for (let rows = first.all(size); rows.length > 0; rows = next.all(rows.at(-1)!.machine_id, size)) yield rows
    },
    close
  }
}

/** The first bytes of the file. */
async function readHeader (file: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error('there is no such file') : error
  })
  try {
    if ((await handle.stat()).isDirectory()) throw new Error('it is a folder')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(100), 0, 100, 0)
    if (bytesRead > 0 && buffer.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw new Error('it is no SQLite database')
    return buffer
  } finally {
    await handle.close()
  }
}

interface Opened {
  readonly database: Sqlite.Database
  /** Where the copy lies that is read instead; to be removed. */
  readonly folder?: string
}

/**
 * Opens a file so that neither it nor its folder changes. Where SQLite could only read it by writing, since a crash has
 * left a transaction half done or its log must be laid out anew, a copy is read: nobody can be writing to it then.
 */
async function openUnchanged (file: string, header: Buffer): Promise<Opened> {
  const logged = header[18] === 2 // it is in WAL mode
  if (!logged || (await exists(`${file}-wal`) && await exists(`${file}-shm`))) {
    const database = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 5000 })
    try {
      database.pragma('schema_version')
      return { database }
    } catch (error) {
      database.close()
      if (!/^SQLITE_(READONLY|CANTOPEN)/.test((error as { code: string }).code)) throw error
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-import-'))
  try {
    const copy = join(folder, basename(file))
    for (const suffix of ['', '-journal', '-wal']) {
      if (!await exists(file + suffix)) continue
      await copyFile(file + suffix, copy + suffix)
      await chmod(copy + suffix, 0o600)
    }
    return { database: new Sqlite(copy), folder }
  } catch (error) {
    await rm(folder, { recursive: true })
    throw error
  }
}

async function exists (file: string): Promise<boolean> {
  return await stat(file).then(() => true, () => false)
}
