/** What a link's query may hold; undefined and null are left out. */
export type Query = Readonly<Record<string, string | number | null | undefined>>

/** The addresses of the pages and of what belongs to them. */
export interface Links {
  /** The path below which all of them are, to which the visitor's choices belong. */
  readonly root: string
  readonly home: string
  report (query?: Query): string
  /** The same machines and columns, as CSV. */
  csv (query?: Query): string
  charts (query?: Query): string
  machine (machineId: string): string
  /** Where auth, mounted at the same prefix, ends a session. */
  readonly logout: string
  asset (name: string): string
  /** A page that the host added. */
  page (path: string, query?: Query): string
}

/**
 * The addresses of the pages, below the prefix under which they are mounted.
 *
 * @param prefix as Fastify tells it: '', '/', '/fleet' or '/fleet/'
 */
export function createLinks (prefix: string, versions: ReadonlyMap<string, string>): Links {
  const base = prefix.replace(/\/+$/, '')
  const page = (path: string, query?: Query) => withQuery(base + path, query)
  return {
    root: base || '/',
    home: page('/'),
    report: (query) => page('/report', query),
    csv: (query) => page('/report.csv', query),
    charts: (query) => page('/charts', query),
    machine: (machineId) => page(`/machines/${encodeURIComponent(machineId)}`),
    logout: page('/logout'),
    asset: (name) => page(`/assets/${name}`, { v: versions.get(name) }),
    page
  }
}

export function withQuery (path: string, query: Query = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  if (entries.length === 0) return path
  return `${path}?${new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]))}`
}
