import { resolve } from 'node:path'
import { TatuScanError } from '@tatuscan/core'

/** Where a database is, as its URL tells. `name` is for people: it holds no password. */
export type DatabaseAddress =
  | { readonly kind: 'sqlite', readonly name: string, readonly file: string }
  | { readonly kind: 'postgresql' | 'mysql', readonly name: string, readonly url: URL }

const kinds: Readonly<Record<string, DatabaseAddress['kind']>> = {
  sqlite: 'sqlite', postgresql: 'postgresql', postgres: 'postgresql', mysql: 'mysql', mariadb: 'mysql'
}

/**
 * Reads a database URL: `sqlite:path`, `postgresql://…`, `mysql://…` and SQLAlchemy's forms, which the original takes:
 * `sqlite:///relative`, `sqlite:////absolute`, `postgresql+psycopg2://…`, `mysql+pymysql://…`. A plain path is SQLite's.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION; its message holds no password
 */
export function readDatabaseUrl (given: string): DatabaseAddress {
  const [, scheme = 'sqlite', rest = ''] = /^([a-z][a-z0-9+_]+):(?!\\)(.*)$/is.exec(given) ?? ['', 'sqlite', given]
  const kind = kinds[scheme.replace(/\+.*$/, '').toLowerCase()]
  if (kind === undefined) throw invalid(`${scheme}: is not supported; TatuScan keeps machines on sqlite:, postgresql:// or mysql://`)
  if (kind === 'sqlite') {
    const file = sqliteFile(rest)
    return { kind, file, name: file }
  }
  if (!rest.startsWith('//') || !URL.canParse(`${kind}:${rest}`)) throw invalid(`${kind}: needs a host and a database, such as ${kind}://user@host/tatuscan`)
  const url = new URL(`${kind}:${rest}`)
  const database = url.pathname.slice(1)
  if (database === '' || database.includes('/')) throw invalid(`the ${kind} URL names no database; write ${kind}://user@host/tatuscan`)
  return { kind, url, name: `${kind}://${url.host}${url.pathname}` }
}

function sqliteFile (rest: string): string {
  const path = rest.startsWith('///') ? rest.slice(3) : rest
  if (path === '' || path.startsWith('//')) throw invalid('the database URL names no file; write sqlite:/var/lib/tatuscan/tatuscan.db')
  return resolve(path)
}

function invalid (message: string): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', message)
}
