import pg from 'pg'
import { connectMs, originalColumns, type OriginalConnection, type OriginalRow } from './original-database.ts'

/** The original's PostgreSQL database, as it stands when it is opened. */
export async function originalOnPostgresql (url: URL): Promise<OriginalConnection> {
  const client = new pg.Client({
    connectionString: url.href,
    application_name: 'tatuscan import',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    types: { getTypeParser: () => (text: string) => text } // as the server writes it: nothing is rounded on the way
  })
  client.on('error', () => {}) // the query under way rejects by itself
  const close = async (): Promise<void> => await client.end()
  try {
    await client.connect()
    await client.query('begin isolation level repeatable read read only')
    for (const setting of ["timezone = 'UTC'", "datestyle = 'ISO'", 'extra_float_digits = 3']) await client.query(`set local ${setting}`)
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
  return {
    async columns (table) {
      const { rows } = await client.query<{ name: string }>('select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped', [table])
      return rows.map(({ name }) => name)
    },
    async count () {
      const { rows: [found] } = await client.query<{ rows: string, ids: string }>('select count(*) as rows, count(distinct machine_id) as ids from inventory')
      return { rows: Number(found!.rows), ids: Number(found!.ids) }
    },
    async * portions (size) {
      await client.query(`declare machines no scroll cursor for select ${originalColumns.join()} from inventory`)
      for (;;) {
        const { rows } = await client.query<OriginalRow>(`fetch ${size} from machines`)
        if (rows.length === 0) return
        yield rows
      }
    },
    close
  }
}
