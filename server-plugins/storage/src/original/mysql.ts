import mysql from 'mysql2/promise'
import { connectionOptions } from '../dialects/mysql.ts'
import { connectMs, originalColumns, type OriginalConnection, type OriginalRow } from './original-database.ts'

/** The original's MySQL or MariaDB database, as it stands when it is opened. */
export async function originalOnMysql (url: URL): Promise<OriginalConnection> {
  const connection = await mysql.createConnection({
    ...connectionOptions(url),
    connectTimeout: connectMs,
    charset: 'utf8mb4',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    enableKeepAlive: true,
    typeCast: (field, next) => field.type === 'FLOAT' ? shortestFloat(next() as number | null) : next()
  })
  connection.on('error', () => {}) // the query under way rejects by itself
  const close = async (): Promise<void> => await connection.end()
  // Prepared, since only so does the server send a FLOAT whole; as text it sends six digits of it
  const read = async <Row>(text: string, parameters: string[] = []): Promise<Row[]> => (await connection.execute(text, parameters))[0] as Row[]
  try {
    await connection.query('set session transaction isolation level repeatable read')
    await connection.query('start transaction with consistent snapshot, read only')
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
  return {
    async columns (table) {
      const found = await read<{ name: string }>('select column_name as name from information_schema.columns where table_schema = database() and table_name = ?', [table])
      return found.map(({ name }) => name)
    },
    async count () {
      const [found] = await read<{ total: string, ids: string }>('select count(*) as total, count(distinct machine_id) as ids from inventory')
      return { rows: Number(found!.total), ids: Number(found!.ids) }
    },
    async * portions (size) {
      const select = `select ${originalColumns.join()} from inventory`
      const end = `order by machine_id limit ${size}`
      let rows = await read<OriginalRow>(`${select} ${end}`)
      while (rows.length > 0) {
        yield rows
        rows = await read<OriginalRow>(`${select} where machine_id > ? ${end}`, [rows.at(-1)!.machine_id as string])
      }
    },
    close
  }
}

/**
 * The double that says best what a single-precision column was given. MySQL keeps FLOAT in 32 bits: 4.348729 is stored as
 * 4.34872913360595703125, whose digits past the seventh or so are of its own making. The shortest decimal that is stored
 * as these very bits loses nothing of what they hold, adds nothing to it, and is what was reported, wherever that had no
 * more digits than the column can tell apart.
 */
export function shortestFloat (single: number | null): number | null {
  if (single === null || !Number.isFinite(single)) return single
  for (let digits = 1; digits <= 9; digits++) {
    const decimal = Number(single.toPrecision(digits))
    if (Math.fround(decimal) === single) return decimal
  }
  return single
}
