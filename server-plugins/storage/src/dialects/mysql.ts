import { CompiledQuery, MysqlDialect, sql, type MysqlPoolConnection } from 'kysely'
import mysql from 'mysql2'
import { TatuScanError } from '@tatuscan/core'
import { jsonPath, once, placeholders, portions, scanByKey, type Dialect, type FactsScan, type KeyedScan } from './dialect.ts'
import { deadline, lockName } from './server.ts'

/** MySQL and MariaDB, through mysql2. */
export async function mysqlOrMariadb (url: URL): Promise<Dialect> {
  const text = once()
  const options = connectionOptions(url)
  const collation = await binaryCollation(options)
  const pool = mysql.createPool({
    ...options,
    connectionLimit: 8,
    charset: 'utf8mb4_bin',
    dateStrings: true,
    jsonStrings: true,
    multipleStatements: true, // for writeAtOnce; whatever text has values in it is bound or escaped
    queryFormat: (text) => text, // there are no values to look for places for
    enableKeepAlive: true,
    maxPreparedStatements: 500
  })
  pool.on('connection', (connection) => {
    for (const text of session) connection.query(text, (error) => { if (error !== null) connection.destroy() })
    connection.on('error', () => {}) // the query under way rejects by itself
  })
  const bind = (iso: string) => iso.replace('T', ' ').slice(0, -1)
  return {
    kind: 'mysql',
    driver: async () => (await import('@mikro-orm/mysql')).MySqlDriver,
    dbName: options.database,
    kysely: new MysqlDialect({
      pool: {
        getConnection: (callback) => pool.getConnection((error, connection) => callback(error, connection === undefined ? undefined as never : preparing(connection))),
        end: (callback) => pool.end(callback)
      }
    }),
    columns: {
      machineId: 'char(64) character set ascii collate ascii_bin',
      text: (length) => `varchar(${length})`,
      long: 'longtext',
      double: 'double',
      instant: 'datetime(3)',
      table: ` engine = InnoDB character set utf8mb4 collate ${collation}`,
      clustered: ` engine = InnoDB character set utf8mb4 collate ${collation}`,
      quote: (name) => `\`${name}\``
    },
    upsert: (table, rows, keys, kept) => [...portions(rows)].map((portion) => {
      const columns = Object.keys(portion[0]!)
      return {
        text: text(`upsert ${table} ${kept.join()} ${portion.length}`, () => {
          const set = columns.filter((column) => !keys.includes(column) && !kept.includes(column)).map((column) => `${column} = values(${column})`)
          return `insert into ${table} (${columns.join()}) values ${placeholders(portion.length, columns.length)} on duplicate key update ${set.join()}`
        }),
        parameters: portion.flatMap((row) => columns.map((column) => {
          const value = (row as Record<string, unknown>)[column]
          return instantColumns.has(column) && typeof value === 'string' ? bind(value) : value
        }))
      }
    }),
    byMachine: (table, ids, collector) => [...portions(ids)].map((portion) => ({
      text: text(`by machine ${table} ${collector === undefined} ${portion.length}`, () =>
        `select * from ${table} where ${collector === undefined ? '' : 'collector = ? and '}machine_id in ${placeholders(1, portion.length)}`),
      parameters: collector === undefined ? portion : [collector, ...portion]
    })),
    /** In four parts at once, since the database takes longer to read its rows than they take to be looked at. */
    scan: async (db, what, take) => {
      const place = { key: 'machine_id', ...what.table === 'inventory' ? { select: `select ${what.columns.join()} from inventory` } : factsOf(what) }
      await Promise.all([['', '4'], ['4', '8'], ['8', 'c'], ['c', 'g']].map(async ([after, upTo]) => await scanByKey(db, { ...place, after: after!, upTo: upTo! }, take)))
    },
    instants: { bind, read: (value) => `${value.replace(' ', 'T')}${value.includes('.') ? '' : '.000'}Z` }, // a prepared statement gives no fraction where it is nil
    async tick (tx) {
      await sql`update machine_clock set seq = seq + 1`.execute(tx)
      const { rows } = await sql<{ seq: number }>`select seq from machine_clock`.execute(tx)
      return Number(rows[0]!.seq)
    },
    required: ['hostname', 'os', 'created_at'],
    /** Many statements in one packet. Where the clock is elsewhere it would become null, which it must not: an error, after which the rest isn't run. */
    async writeAtOnce (db, { seq, ids, seen, columns, unchanged, values, facts }) {
      const at = literal(bind(seen))
      const literals = values.map((column, index) => column.map((value) => literal(instantColumns.has(columns[index]!) && value !== null ? bind(value as string) : value)))
      const names = ['last_seen', 'updated_at', ...columns]
      const set = names.filter((name) => !(unchanged as readonly string[]).includes(name)).map((name) => `${name} = values(${name})`)
      const statements = [
        'begin',
        `update machine_clock set seq = if(seq = ${seq - 1}, ${seq}, null)`,
        columns.length === 0
          ? `update inventory set last_seen = ${at}, updated_at = ${at} where machine_id in (${ids.split(' ').map(idLiteral).join()})`
          // An upsert, and so that of the facts: to join with a table of what is given takes half as long again
          : `insert into inventory (machine_id, ${names.join()}) values ${ids.split(' ').map((id, row) => `(${[idLiteral(id), at, at, ...literals.map((column) => column[row])].join()})`).join()}
              on duplicate key update ${set.join()}`,
        ...facts.ids.length === 0
          ? []
          : [`insert into machine_facts (collector, machine_id, facts) values ${facts.ids.map((id, row) => `(${[literal(facts.collectors[row]), idLiteral(id), literal(facts.texts[row])].join()})`).join()}
              on duplicate key update facts = values(facts)`],
        `insert into machine_changes (seq, machine_ids) values (${seq}, ${literal(ids)})`,
        'commit'
      ]
      return await db.connection().execute(async (connection) => {
        try {
          await connection.executeQuery(CompiledQuery.raw(statements.join(';')))
          return true
        } catch (error) {
          await sql`rollback`.execute(connection).catch(() => {}) // a lost connection has
          if ((error as { code?: unknown }).code === 'ER_BAD_NULL_ERROR') return false
          throw error
        }
      })
    },
    async alone (db, body) {
      await db.connection().execute(async (connection) => {
        const name = sql`concat(database(), ${`.${lockName}`})`
        const { rows } = await sql<{ held: number | null }>`select get_lock(${name}, ${deadline.migration / 1000}) as held`.execute(connection)
        if (rows[0]?.held !== 1) throw new Error('another server has been migrating this database for a minute')
        try {
          await body()
        } finally {
          await sql`select release_lock(${name})`.execute(connection)
        }
      })
    },
    fault (error) {
      const { code, errno, fatal, message = '' } = error as { code?: unknown, errno?: unknown, fatal?: unknown, message?: string }
      if (code === 'ER_LOCK_DEADLOCK' || code === 'ER_LOCK_WAIT_TIMEOUT') return 'retry'
      if (fatal === true) return 'outage' // the connection is lost
      if (typeof code !== 'string') return /closed state/.test(message) ? 'outage' : undefined
      if (/^(PROTOCOL_|E[A-Z]+$|POOL_)/.test(code)) return 'outage' // the connection
      // What is full, shut down, read-only, out of reach, forbidden to us, gone or takes too long: somebody has to see to it, and then it goes on
      const outages = [
        1021, 1026, 1030, 1037, 1040, 1041, 1044, 1045, 1049, 1053, 1077, 1114, 1135, 1142, 1143, 1146,
        1152, 1158, 1159, 1160, 1161, 1184, 1203, 1205, 1226, 1290, 1317, 1836, 1927, 1969, 3024, 4031
      ]
      return outages.includes(Number(errno)) ? 'outage' : undefined
    }
  }
}

function factsOf ({ collector, at, holding }: FactsScan): Pick<KeyedScan, 'select' | 'where' | 'parameters'> {
  return {
    select: `select machine_id, ${at.length === 0 ? '' : 'json_extract(facts, ?) as '}facts from machine_facts`,
    where: `collector = ?${holding === undefined ? '' : ' and locate(?, cast(facts as binary)) > 0'}`,
    parameters: [...at.length === 0 ? [] : [jsonPath(at)], collector, ...holding === undefined ? [] : [holding]]
  }
}

/** What each connection is told first. */
const session = [
  `set time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ${deadline.statement / 1000}`,
  'set session transaction isolation level read committed'
]

/** A value as SQL. Text without quote or backslash is no other as a literal, and needs no look at every character. */
function literal (value: unknown): string {
  return typeof value === 'string' && !/['\\]/.test(value) ? `'${value}'` : mysql.escape(value as string | number | null)
}

/** An id in the character set of its column, so that it needs no other. */
function idLiteral (id: string): string {
  return `_ascii${literal(id)}`
}

const instantColumns: ReadonlySet<string> = new Set(['computer_activation', 'created_at', 'updated_at', 'last_seen'])

/** The connection's part of a URL. Of its parameters `ssl_ca`, `ssl` and `unix_socket` count; the rest is SQLAlchemy's. */
export function connectionOptions (url: URL) {
  const ca = url.searchParams.get('ssl_ca')
  const socket = url.searchParams.get('unix_socket')
  const encrypted = ca !== null || /^(1|true|required|verify_ca|verify_identity)$/i.test(url.searchParams.get('ssl') ?? url.searchParams.get('ssl_mode') ?? '')
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    ...url.port !== '' && { port: Number(url.port) },
    ...socket !== null && { socketPath: socket },
    user: decodeURIComponent(url.username) || 'root',
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    connectTimeout: deadline.connect,
    ...encrypted && { ssl: ca === null ? {} : { ca } }
  }
}

/** The collation that compares by code point and sees every space: MariaDB and MySQL have different names for it. */
async function binaryCollation (options: object): Promise<string> {
  const connection = mysql.createConnection({ ...options, connectTimeout: deadline.start })
  try {
    const [rows] = await connection.promise().query("select collation_name as name from information_schema.collations where collation_name in ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin')")
    const [found] = rows as { name: string }[]
    if (found === undefined) throw new TatuScanError('TATUSCAN_STORE_UNUSABLE', 'MariaDB 10.6, MySQL 8.0 or newer is needed')
    return found.name
  } finally {
    connection.destroy()
  }
}

const prepared = new WeakMap<mysql.PoolConnection, MysqlPoolConnection>()

/** A connection that prepares each text once, and is given up when a statement doesn't answer. */
function preparing (connection: mysql.PoolConnection): MysqlPoolConnection {
  const known = prepared.get(connection)
  if (known !== undefined) return known
  const wrapped = {
    threadId: connection.threadId,
    query (text: string, parameters: readonly unknown[], callback: (error: unknown, result: unknown) => void) {
      let answered = false
      const timer = setTimeout(() => {
        answer(Object.assign(new Error('connection given up: the database did not answer in time'), { code: 'ETIMEDOUT' }), undefined)
        connection.destroy()
      }, deadline.answer(text))
      const answer = (error: unknown, result: unknown): void => {
        if (answered) return
        answered = true
        clearTimeout(timer)
        callback(error, result)
      }
      if (parameters.length === 0) connection.query(text, answer)
      else connection.execute(text, parameters as never, answer)
    },
    release: () => connection.release(),
    destroy: () => connection.destroy()
  } as unknown as MysqlPoolConnection
  prepared.set(connection, wrapped)
  return wrapped
}
