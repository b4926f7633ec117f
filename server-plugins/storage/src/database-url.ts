import { resolve } from 'node:path'
import { TatuScanError } from '@tatuscan/core'

/**
 * The file that a SQLite URL names: `sqlite:path`, `sqlite:///relative` and `sqlite:////absolute` (SQLAlchemy's forms,
 * which the original takes), or a plain path.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function sqliteFile (url: string): string {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+]+):(?!\\)(.*)$/i.exec(url) ?? ['', 'sqlite', url]
  if (scheme!.replace(/\+.*$/, '').toLowerCase() !== 'sqlite') {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `a database such as sqlite:/var/lib/tatuscan/tatuscan.db is needed; ${scheme}: is not supported`)
  }
  const path = rest.startsWith('///') ? rest.slice(3) : rest
  if (path === '' || path.startsWith('//')) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the database URL ${JSON.stringify(url)} names no file; write sqlite:/var/lib/tatuscan/tatuscan.db`)
  }
  return resolve(path)
}
