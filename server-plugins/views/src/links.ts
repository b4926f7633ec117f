/** What a link's query may hold; undefined and null are left out. */
export type Query = Readonly<Record<string, string | number | null | undefined>>

export interface Links {
  /** The path below which all of them are, to which the visitor's choices belong. */
  readonly root: string
  readonly home: string
  report (query?: Query): string
  charts (query?: Query): string
  machine (machineId: string): string
  /** Where auth, mounted at the same prefix, ends a session. */
  readonly logout: string
  asset (name: string): string
}

/**
 * The addresses of the pages, below the prefix under which they are mounted.
 *
 * @param prefix as Fastify tells it: '', '/', '/fleet' or '/fleet/'
 */
export function createLinks (prefix: string, versions: ReadonlyMap<string, string>): Links {
  const base = prefix.replace(/\/+$/, '')
  return {
    root: base || '/',
    home: `${base}/`,
    report: (query) => withQuery(`${base}/report`, query),
    charts: (query) => withQuery(`${base}/charts`, query),
    machine: (machineId) => `${base}/machines/${encodeURIComponent(machineId)}`,
    logout: `${base}/logout`,
    asset: (name) => withQuery(`${base}/assets/${name}`, { v: versions.get(name) })
  }
}

export function withQuery (path: string, query: Query = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  if (entries.length === 0) return path
  return `${path}?${new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]))}`
}
