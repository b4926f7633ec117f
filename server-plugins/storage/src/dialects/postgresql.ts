import { CompiledQuery, PostgresDialect, sql, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { once, scanned, type Dialect, type FactsScan } from './dialect.ts'
import type { InventoryRow } from '../rows.ts'
import { deadline, lockName } from './server.ts'

/** PostgreSQL, through pg. */
export function postgresql (url: URL): Dialect {
  const text = once()
  const pool = new pg.Pool({
    connectionString: url.href,
    application_name: 'tatuscan',
    max: 8,
    connectionTimeoutMillis: deadline.connect,
    keepAlive: true,
    // The server's own ends for what a server of ours left behind when the network went
    idle_in_transaction_session_timeout: deadline.idle,
    lock_timeout: deadline.statement,
    options: '-c timezone=UTC -c synchronous_commit=on',
    types: { getTypeParser: ((oid: number, format: 'text') => parsers.get(oid) ?? pg.types.getTypeParser(oid, format)) as never }
  })
  let ended = false
  pool.on('error', () => {}) // an idle connection that is lost: the next query opens another
  return {
    kind: 'postgresql',
    driver: async () => (await import('@mikro-orm/postgresql')).PostgreSqlDriver,
    dbName: decodeURIComponent(url.pathname.slice(1)),
    kysely: new PostgresDialect({
      pool: {
        async connect () {
          const client = preparing(await pool.connect())
          if (!ended) return client
          client.release() // Kysely would neither use it nor give it back, and the end wait for it forever
          throw new Error('the database is closed')
        },
        async end () {
          ended = true
          await pool.end()
        },
        options: pool.options
      }
    }),
    columns: {
      machineId: 'varchar(64) collate "C"',
      text: (length) => `varchar(${length}) collate "C"`,
      long: 'text',
      double: 'double precision',
      instant: 'timestamptz(3)',
      table: '',
      clustered: '',
      quote: (name) => name,
      room: 'fillfactor = 60' // per cent of a page; the rest is for updates, which then need no other page
    },
    upsert: (table, rows, keys, kept) => rows.length === 0
      ? []
      : [{
          text: text(`upsert ${table} ${kept.join()}`, () => {
            const columns = Object.keys(rows[0]!)
            const set = columns.filter((column) => !keys.includes(column) && !kept.includes(column)).map((column) => `${column} = excluded.${column}`)
            return `insert into ${table} (${columns.join()}) select ${columns.join()} from json_populate_recordset(null::${table}, $1) on conflict (${keys.join()}) do update set ${set.join()}`
          }),
          parameters: [JSON.stringify(rows)]
        }],
    byMachine: (table, ids, collector) => ids.length === 0
      ? []
      : [collector === undefined
          ? { text: `select * from ${table} where machine_id = any($1)`, parameters: [ids] }
          : { text: `select * from ${table} where machine_id = any($1) and collector = $2`, parameters: [ids, collector] }],
    /** In two halves at once, where a value is taken out of facts: that takes the database longer than it takes to be looked at. */
    async scan (db, what, take) {
      const halves = what.table === 'machine_facts' && what.at.length > 0 ? ["machine_id < '8'", "machine_id >= '8'"] : ['true']
      await Promise.all(halves.map(async (half) => await db.connection().execute(async (tx) => {
        const run = async (query: string) => (await tx.executeQuery(CompiledQuery.raw(query))).rows
        await run('begin read only')
        try {
          await run(`declare scan no scroll cursor for ${what.table === 'inventory' ? `select ${what.columns.join()} from inventory` : `${selectFacts(what)} and ${half}`}`)
          const read = (): Promise<unknown[]> => {
            const rows = run(`fetch ${scanned} from scan`)
            rows.catch(() => {}) // whoever takes in those of before may fail first
            return rows
          }
          let next = read() // the next are read while some are taken in
          for (let rows; (rows = await next).length > 0;) {
            next = read()
            await take(rows as never)
          }
        } finally {
          await run('rollback').catch(() => {}) // a lost connection has
        }
      })))
    },
    instants: { bind: (iso) => iso, read: (value) => value },
    async tick (tx) {
      const { rows } = await sql<{ seq: number }>`update machine_clock set seq = seq + 1 returning seq`.execute(tx)
      return rows[0]!.seq
    },
    required: [],
    async writeAtOnce (db, { seq, ids, seen, columns, values, facts }) {
      const statement = text(`at once ${columns.join()}`, () => {
        const given = columns.map((column, index) => `$${index + 7}::${arrays.get(column) ?? 'text[]'}`)
        const set = ['last_seen = $3::timestamptz', 'updated_at = $3::timestamptz', ...columns.map((column) => `${column} = given.${column}`)]
        return `with tick as (update machine_clock set seq = seq + 1 where seq = $1 - 1 returning seq),
          machines as (update inventory set ${set.join()}
            from unnest(${["string_to_array($2, ' ')", ...given].join()}) given (${['machine_id', ...columns].join()}), tick where inventory.machine_id = given.machine_id),
          facts as (update machine_facts set facts = given.facts
            from unnest(string_to_array($4, ' '), string_to_array($5, ' '), string_to_array($6, chr(10))) given (collector, machine_id, facts), tick
            where machine_facts.collector = given.collector and machine_facts.machine_id = given.machine_id)
          insert into machine_changes (seq, machine_ids) select seq, $2 from tick returning seq`
      })
      const { rows } = await db.executeQuery(CompiledQuery.raw(statement, [
        seq, ids, seen, facts.collectors.join(' '), facts.ids.join(' '), facts.texts.join('\n'), // JSON has no raw line feed in it
        ...values.map((column, index) => arrays.has(columns[index]!) ? `{${column.map((value) => value ?? 'null').join()}}` : column)
      ]))
      return rows.length > 0
    },
    async alone (db, body) {
      await db.connection().execute(async (connection) => {
        await sql`set lock_timeout = ${sql.lit(deadline.migration)}`.execute(connection)
        await sql`select pg_advisory_lock(hashtext(${lockName}))`.execute(connection)
        try {
          await body()
        } finally {
          await sql`select pg_advisory_unlock(hashtext(${lockName}))`.execute(connection)
          await sql`set lock_timeout = ${sql.lit(deadline.statement)}`.execute(connection)
        }
      })
    },
    fault (error) {
      const { code, message = '' } = error as { code?: unknown, message?: string }
      if (typeof code === 'string') {
        if (code === stalePlan || /^(40001|40P01|55P03)$/.test(code)) return 'retry' // serialization, deadlock, lock
        if (/^(08|53|57|58|25006|XX)/.test(code) || /^E[A-Z_]+$/.test(code)) return 'outage' // connection, resources, shut down, system, read-only, corrupted
        if (/^(3D000|3F000|42P01|28|42501)/.test(code)) return 'outage' // the database, or a table, is gone, or no longer lets us in
      }
      return /connection|timeout|not queryable/i.test(message) && code === undefined ? 'outage' : undefined
    }
  }
}

/** A cursor's question can't have parameters. */
function selectFacts ({ collector, at, holding }: FactsScan): string {
  const value = at.length === 0 ? 'facts' : `(facts::json${at.map((key) => ` -> ${pg.escapeLiteral(key)}`).join('')})::text as facts`
  return `select machine_id, ${value} from machine_facts where collector = ${pg.escapeLiteral(collector)}${holding === undefined ? '' : ` and position(${pg.escapeLiteral(holding)} in facts) > 0`}`
}

/** What the columns of `inventory` that hold no text are bound as, many rows at once. */
const arrays = new Map<keyof InventoryRow, string>([
  ['cpu_percent', 'float8[]'], ['memory_total_mb', 'int8[]'], ['memory_used_mb', 'int8[]'], ['activation_days', 'int4[]'], ['interval_s', 'float8[]'],
  ['clock_offset_s', 'float8[]'], ['unverified', 'int4[]'], ['computer_activation', 'timestamptz[]'], ['created_at', 'timestamptz[]'], ['updated_at', 'timestamptz[]'], ['last_seen', 'timestamptz[]']
])

/** bigint as a number, and an instant as ISO 8601 in UTC: `2026-01-02 03:04:05.6+00` comes in. */
const parsers = new Map<number, (value: string) => unknown>([
  [20, Number],
  [1184, (value) => `${value.slice(0, 10)}T${value.slice(11, 19)}.${value.slice(20, -3).padEnd(3, '0')}Z`]
])

interface NamedClient {
  query (query: { name: string, text: string, values: readonly unknown[] }): Promise<unknown>
  connection: { stream: { destroy (error: Error): void } }
}

/** What PostgreSQL says of a statement that was prepared before a newer server changed the schema. */
const stalePlan = '0A000'

const prepared = new WeakMap<PostgresPoolClient, PostgresPoolClient>()
const names = new Map<string, string>()

/** A client that prepares each text once, and is given up when a statement doesn't answer. */
function preparing (client: pg.PoolClient): PostgresPoolClient {
  const known = prepared.get(client as unknown as PostgresPoolClient)
  if (known !== undefined) return known
  client.on('error', () => {}) // the query under way rejects by itself
  const wrapped = {
    async query (text: string, parameters: readonly unknown[] = []) {
      const { connection, query } = client as unknown as NamedClient
      const timer = setTimeout(() => connection.stream.destroy(new Error('connection given up: the database did not answer in time')), deadline.answer(text))
      try {
        if (parameters.length === 0) return await client.query(text)
        let name = names.get(text)
        if (name === undefined) names.set(text, name = `tatuscan_${names.size}`)
        return await query.call(client, { name, text, values: parameters })
      } catch (error) {
        if ((error as { code?: unknown }).code === stalePlan) connection.stream.destroy(new Error('connection given up: its prepared statements are of an older schema'))
        throw error
      } finally {
        clearTimeout(timer)
      }
    },
    release: () => client.release()
  } as unknown as PostgresPoolClient
  prepared.set(client as unknown as PostgresPoolClient, wrapped)
  return wrapped
}
